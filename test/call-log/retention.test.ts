import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sweep } from '../../src/call-log/retention.ts'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { callEvents, callerSaid, END, START, STARTED_AT } from './sample-call.ts'

const DAY_MS = 86_400_000

it('takes away what is past its time, of the agents that say so, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-retention-'))
  const archive = await openSqliteCallLog({ path: join(folder, 'earshot.db') })
  const erased: string[] = []
  const recordings = { erase: async (callId: string) => erased.push(callId) > 0 }
  try {
    const kept = { type: 'recording-stopped', why: 'call-ended', detail: '', keptMs: 900 } as const
    const said = callerSaid('A tandem, please.', 0, 900)
    for (const days of [100, 40, 10, 1]) {
      const startedAt = STARTED_AT - days * DAY_MS
      await archive.append(callEvents(`call_${days}`, [START, said, kept, END], { startedAt }))
      const other = { ...START, agent: 'another' } as typeof START
      await archive.append(callEvents(`other_${days}`, [other, said, kept, END], { startedAt }))
    }
    const keptFor = () => [{ agent: 'harbour-bikes', audioDays: 5, wordsDays: 30, eventsDays: 90 }]
    const parts = { archive, recordings, keptFor, now: () => STARTED_AT }
    expect(await sweep(parts)).toEqual({ audio: 2, words: 1, events: 1 })
    expect(erased).toEqual(['call_100', 'call_40', 'call_10'])
    const { calls } = await archive.list({ agents: ['harbour-bikes'] })
    expect(calls.map(({ callId, recording }) => [callId, recording])).toEqual([
      ['call_1', 'kept'],
      ['call_10', 'erased'],
      ['call_40', 'erased'],
    ])
    const found = await archive.list({ text: 'tandem', agents: ['harbour-bikes'] })
    expect(found.calls.map(({ callId }) => callId)).toEqual(['call_1', 'call_10'])
    expect((await archive.list({ agents: ['another'], text: 'tandem' })).calls).toHaveLength(4)
    expect(await sweep(parts)).toEqual({ audio: 0, words: 0, events: 0 })
    expect(
      await sweep({
        ...parts,
        keptFor: () => [{ agent: 'another', audioDays: null, wordsDays: null, eventsDays: null }],
      }),
    ).toEqual({ audio: 0, words: 0, events: 0 })
  } finally {
    await archive.close()
    rmSync(folder, { recursive: true })
  }
})
