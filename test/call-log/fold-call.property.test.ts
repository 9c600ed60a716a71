import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { CallEvent } from '../../src/call/events.ts'
import { callProgress, callStart, wordsRecord } from '../../src/call-log/call-records.ts'
import { callRow } from '../../src/call-log/call-row.ts'
import { type CallFold, foldCall } from '../../src/call-log/fold-call.ts'
import { SqliteAppender } from '../../src/call-log/sqlite-appender.ts'
import { foldStory } from '../../src/call-log/transcript.ts'
import { MIGRATIONS } from '../../src/database/migrations.ts'
import { generateCalls } from './generated-calls.ts'

const FROM = Date.UTC(2026, 8, 1)

const someCall = fc
  .integer({ min: 1, max: 1_000_000 })
  .map((seed) => [...generateCalls({ seed, calls: 1, lines: 14, from: FROM, days: 1 })][0] ?? [])

function foldAll(events: readonly CallEvent[]): CallFold {
  const fold = events.reduce(foldCall, null)
  if (fold === null) throw new Error('a generated call has no beginning')
  return fold
}

it('says of a call what its story says', () => {
  fc.assert(
    fc.property(someCall, (events) => {
      const row = callRow(foldAll(events))
      const story = foldStory(events)
      const of = (by: 'caller' | 'agent' | 'tool') => story.lines.filter((line) => line.by === by).length
      expect(row).toMatchObject({
        durationMs: story.durationMs,
        turns: of('caller'),
        toolCalls: of('tool'),
        endReason: story.ended?.reason,
        usage: story.usage,
        costUsd: story.costUsd,
      })
    }),
    { numRuns: 60 },
  )
})

/** An archive's tables in memory, written by the same code that writes the file. */
function tables(): { append(batch: readonly CallEvent[]): void; all(): unknown } {
  const db = new DatabaseSync(':memory:')
  for (const { sqlite } of MIGRATIONS) db.exec(sqlite)
  const appender = new SqliteAppender(db)
  return {
    append: (batch) => expect(appender.append([batch])).toEqual([undefined]),
    all: () =>
      ['calls', 'turns', 'tool_calls', 'usage', 'call_words', 'events'].map((table) =>
        db
          .prepare(`select * from ${table} order by 1, 2`)
          .all()
          .map((row) => ({ ...row })),
      ),
  }
}

it('writes the same rows in whatever batches and order events come', () => {
  fc.assert(
    fc.property(
      someCall,
      fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      (events, cuts, shuffled) => {
        const whole = tables()
        whole.append(events)
        const batches: CallEvent[][] = []
        let rest = [...events]
        for (const cut of cuts) {
          const size = 1 + (cut % 9)
          batches.push(rest.slice(0, size))
          rest = rest.slice(size)
        }
        batches.push(rest)
        if (shuffled) batches.sort((a, b) => (((a[0]?.seq ?? 0) * 7919) % 31) - (((b[0]?.seq ?? 0) * 7919) % 31))
        const pieces = tables()
        for (const batch of batches) if (batch.length > 0) pieces.append(batch)
        expect(pieces.all()).toEqual(whole.all())
      },
    ),
    { numRuns: 60 },
  )
})

it('folds on from any point as from the beginning', () => {
  fc.assert(
    fc.property(someCall, fc.nat(), (events, cut) => {
      const at = 1 + (cut % events.length)
      const early = foldAll(events.slice(0, at))
      const late = events.slice(at).reduce<CallFold | null>(foldCall, early)
      const whole = foldAll(events)
      expect(late).toEqual(whole)
      if (late === null) return
      expect([callStart(late), callProgress(late), wordsRecord(1, late)]).toEqual([
        callStart(whole),
        callProgress(whole),
        wordsRecord(1, whole),
      ])
    }),
    { numRuns: 60 },
  )
})
