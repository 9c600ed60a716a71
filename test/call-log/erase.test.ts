import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { generateCalls } from './generated-calls.ts'
import { agentSaid, callEvents, callerSaid, END, START, STARTED_AT } from './sample-call.ts'

/** Bytes of all files of the log together. */
function bytesOf(folder: string): string {
  return readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'latin1'))
    .join('\n')
}

const NUMBER = '+4917699887766'
const WORDS = ['xylophonquark', 'pumpernickelsatellit', 'zwiebelorakel', 'kaktusfanfare', 'quittenmagnet']

async function withLog(test: (log: Awaited<ReturnType<typeof openSqliteCallLog>>, folder: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-erase-'))
  const log = await openSqliteCallLog({ path: join(folder, 'earshot.db') })
  try {
    const [caller, heard, unheard, output, note] = WORDS
    const started = { ...START, from: NUMBER } as typeof START
    const tool = { type: 'tool-reserved', toolCallId: 't1', responseId: 'r1', name: 'look', arguments: '{}' } as const
    const done = {
      type: 'tool-finished',
      toolCallId: 't1',
      name: 'look',
      status: 'done',
      output: output!,
      tookMs: 5,
    } as const
    // Among other calls, before and behind, in pieces and long: pages are split and moved while it is written.
    const others = generateCalls({ seed: 2, calls: 60, lines: 8, from: STARTED_AT, days: 9 })
    for (let i = 0; i < 30; i++) await log.append(others.next().value ?? [])
    const said = Array.from({ length: 60 }, (_, i) =>
      callerSaid(`${caller} ${'and so on '.repeat(i)}`, i * 10, i * 10 + 5),
    )
    const events = callEvents('call-4711-0815', [started, ...said, agentSaid(heard!, unheard!, 900), tool, done, END])
    for (const event of events) await log.append([event])
    await log.addNote({
      noteId: 'n1',
      callId: 'call-4711-0815',
      atMs: null,
      text: `${note}`,
      author: 'Ada',
      createdAt: 1,
    })
    for (const more of others) await log.append(more)
    for (const word of [NUMBER, ...WORDS]) expect(bytesOf(folder)).toContain(word)
    await test(log, folder)
  } finally {
    await log.close()
    rmSync(folder, { recursive: true })
  }
}

it('leaves nothing of an erased call in any file', () =>
  withLog(async (log, folder) => {
    expect(await log.erase(await log.callsOf(NUMBER))).toMatchObject({ calls: 1 })
    const left = bytesOf(folder)
    for (const word of [NUMBER, Array.from(NUMBER).reverse().join(''), ...WORDS, 'call-4711-0815']) {
      expect(left.includes(word), `${word} is still there`).toBe(false)
    }
    // Words stand in the index in pieces, so its own list of them is asked.
    const index = new DatabaseSync(join(folder, 'earshot.db'), { readOnly: true })
    index.exec("create virtual table temp.terms using fts5vocab('main', 'call_words_index', 'row')")
    const terms = index
      .prepare('select term from temp.terms')
      .all()
      .map(({ term }) => String(term))
    index.close()
    expect(terms.length).toBeGreaterThan(50)
    expect(terms.filter((term) => WORDS.some((word) => term.endsWith(word)))).toEqual([])
    expect((await log.facets({})).total).toBe(60)
  }))

it('leaves no word of a call whose words were forgotten in any file', () =>
  withLog(async (log, folder) => {
    await log.forgetWords(['call-4711-0815'])
    const left = bytesOf(folder)
    for (const word of WORDS) expect(left.includes(word), `${word} is still there`).toBe(false)
    expect(left).toContain(NUMBER)
    expect(await log.call('call-4711-0815')).toMatchObject({ turns: 60, toolCalls: 1, unheardSpeech: true })
  }))
