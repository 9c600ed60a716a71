import { expect, it } from 'vitest'
import type { EventBody } from '../../src/call/events.ts'
import { callRow } from '../../src/call-log/call-row.ts'
import { foldCall } from '../../src/call-log/fold-call.ts'
import type { CallRow } from '../../src/call-log/rows.ts'
import { agentCutIns, silencesOf } from '../../src/call-log/silences.ts'
import { STRAIN_POINTS, strainOf } from '../../src/call-log/strain.ts'
import { agentSaid, callEvents, callerSaid, END, START } from './sample-call.ts'

function rowOf(bodies: Parameters<typeof callEvents>[1]): CallRow {
  const fold = callEvents('call_1', bodies).reduce(foldCall, null)
  if (fold === null) throw new Error('no such call')
  return callRow(fold)
}

function ended(reason: Extract<EventBody, { type: 'call-ended' }>['reason']): EventBody {
  return { ...END, reason } as EventBody
}

it('says how a call came out', () => {
  const talk = [START, callerSaid('Hello?', 0, 900), agentSaid('Good morning.', '', 1200)]
  expect(rowOf([...talk, ended('caller-hung-up')]).outcome).toBe('contained')
  expect(
    rowOf([START, agentSaid('Good morning.', '', 100), callerSaid('Hm.', 2200, 2500), ended('caller-hung-up')]).outcome,
  ).toBe('abandoned')
  expect(rowOf([START, ended('caller-hung-up')]).outcome).toBe('abandoned')
  expect(rowOf([...talk, ended('agent-ended')]).outcome).toBe('contained')
  expect(rowOf([...talk, ended('transferred')]).outcome).toBe('transferred')
  expect(rowOf([...talk, ended('over-budget')])).toMatchObject({
    outcome: 'cut-short',
    overBudget: true,
    endFamily: 'limit',
  })
  expect(rowOf([...talk, ended('operator-hung-up')]).outcome).toBe('cut-short')
  expect(rowOf([...talk, ended('model-lost')])).toMatchObject({ outcome: 'failed', endFault: 'provider' })
  const tookOver = { type: 'operator-acted', who: 'Ada', action: 'took-over', detail: 'workshop' } as const
  expect(rowOf([...talk, tookOver, ended('operator-hung-up')]).outcome).toBe('transferred')
  expect(rowOf(talk)).toMatchObject({ outcome: null, endReason: null, endedAt: null })
})

it('finds silences of both sides of more than 2 s, from the first open line to the end', () => {
  const spoken = [
    { atMs: 5000, endMs: 6000 },
    { atMs: 3000, endMs: 9000 },
    { atMs: 11_000, endMs: 12_000 },
    { atMs: 14_001, endMs: 15_000 },
  ]
  expect(silencesOf(spoken, 500, 20_000)).toEqual([
    { atMs: 500, endMs: 3000 },
    { atMs: 12_000, endMs: 14_001 },
    { atMs: 15_000, endMs: 20_000 },
  ])
  expect(silencesOf([], 0, 10_000)).toEqual([{ atMs: 0, endMs: 10_000 }])
  expect(silencesOf(spoken, null, null)).toEqual([{ atMs: 12_000, endMs: 14_001 }])
})

it('counts the agent beginning into the words of the caller, not at their edges', () => {
  const caller = [{ atMs: 1000, endMs: 3000 }]
  const at = (atMs: number) => agentCutIns([{ atMs, endMs: atMs + 500 }], caller)
  expect([900, 1100, 1200, 2000, 2800, 2900, 3100].map(at)).toEqual([0, 0, 1, 1, 1, 0, 0])
})

it('hears anger, a wish for a person and having to say it again, in several languages', () => {
  const strainBy = (...lines: string[]) =>
    rowOf([START, ...lines.map((line, i) => callerSaid(line, i * 1000, i * 1000 + 900)), END])
  const calm = strainBy('Where is my bicycle?').strain
  expect(strainBy('Das ist eine Unverschämtheit!').strain).toBe(calm + 10)
  expect(strainBy("C'est inacceptable.").strain).toBe(calm + 10)
  expect(strainBy('Ich möchte mit einem Menschen sprechen.').askedForPerson).toBe(true)
  expect(strainBy('Can I talk to someone, please?').askedForPerson).toBe(true)
  expect(strainBy('I am a person of few words.').askedForPerson).toBe(false)
  const again = 'My order number is four seven one one'
  expect(strainBy(again, `${again}!`).strain).toBe(calm + 6)
  expect(strainBy('Yes.', 'Yes.').strain).toBe(calm)
})

it('weighs what was hard, each kind up to its most', () => {
  const none = {
    ...{ interruptions: 0, agentInterruptions: 0, deadAirMs: 0, slowReplies: 0, repeats: 0, failedTools: 0 },
    ...{ askedForPerson: false, upset: 0, troubles: 0, failed: false },
  }
  expect(strainOf(none)).toBe(0)
  expect(strainOf({ ...none, interruptions: 2, askedForPerson: true })).toBe(20)
  expect(strainOf({ ...none, interruptions: 1000 })).toBe(STRAIN_POINTS.interruptions[1])
  expect(strainOf({ ...none, deadAirMs: 10_000 })).toBe(5)
  const all = { interruptions: 99, agentInterruptions: 99, deadAirMs: 1e9, slowReplies: 99, repeats: 99 }
  expect(strainOf({ ...all, failedTools: 99, askedForPerson: true, upset: 99, troubles: 99, failed: true })).toBe(100)
})
