import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { csvLine, exportCalls } from '../../src/call-log/export.ts'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { generateCalls } from './generated-calls.ts'
import { agentSaid, callEvents, callerSaid, END, START, STARTED_AT } from './sample-call.ts'

it('writes cells so that a spreadsheet takes none for a formula', () => {
  expect(csvLine(['=1+1', '+15550123', '-x', '@sum', '\tx', '\rx', 'a "b", c', null, -4, true, 'plain'])).toBe(
    `'=1+1,'+15550123,'-x,'@sum,'\tx,"'\rx","a ""b"", c",,-4,true,plain\r\n`,
  )
})

it('writes a row a call, and a call a line, page by page', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-export-'))
  const log = await openSqliteCallLog({ path: join(folder, 'earshot.db') })
  try {
    for (const events of generateCalls({ seed: 5, calls: 450, lines: 2, from: STARTED_AT - 9e9, days: 3 })) {
      await log.append(events)
    }
    const said = callerSaid('=HYPERLINK("https://evil.example")', 0, 900)
    await log.append(callEvents('one', [START, said, agentSaid('I see.', '', 1200), END]))
    await log.setReview('one', { tags: ['=cmd'] })
    await log.addNote({ noteId: 'n1', callId: 'one', atMs: 5, text: 'Hm.', author: 'Ada', createdAt: 1 })
    const collect = async (format: 'csv' | 'jsonl', filter = {}): Promise<string> => {
      let text = ''
      for await (const piece of exportCalls(log, filter, format)) text += piece
      return text
    }
    const rows = (await collect('csv')).split('\r\n')
    expect(rows).toHaveLength(453)
    expect(new Set(rows).size).toBe(453)
    const [head, first] = (await collect('csv', { tags: ['=cmd'] })).split('\r\n').map((line) => line.split(','))
    const cell = (name: string) => first?.[head?.indexOf(name) ?? -1]
    expect([cell('call_id'), cell('from'), cell('tags'), cell('notes')]).toEqual(['one', "'+15550123", "'=cmd", '1'])
    const lines = (await collect('jsonl', { tags: ['=cmd'] })).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        callId: 'one',
        notes: [expect.objectContaining({ text: 'Hm.' })],
        lines: [
          expect.objectContaining({ text: said.type === 'caller-said' ? said.text : '' }),
          expect.objectContaining({ by: 'agent' }),
        ],
      }),
    ])
  } finally {
    await log.close()
    rmSync(folder, { recursive: true })
  }
})
