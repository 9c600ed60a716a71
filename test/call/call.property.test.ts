import fc from 'fast-check'
import { expect, it } from 'vitest'
import { startCall, step } from '../../src/call/call.ts'
import { nextDeadlineMs } from '../../src/call/deadlines.ts'
import type { CallFact } from '../../src/call/facts.ts'
import { isWorking } from '../../src/call/pending-tools.ts'
import { isFree } from '../../src/call/responses.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import { watchCall } from './invariants.ts'
import { SETUP } from './play.ts'
import { newWorld } from './world.ts'

const PRICE = { textIn: 4, textCached: 0.4, textOut: 24, audioIn: 32, audioCached: 0.4, audioOut: 64 }
const SETUP_TRIED = { ...SETUP, price: { ...PRICE, imageIn: 0, imageCached: 0 }, maxCostUsd: 3, maxMs: 120_000 }

interface Choice {
  readonly afterMs: number
  readonly pick: number
  /** Told instead of what the world would tell. */
  readonly nonsense?: CallFact
}

/** One call, from its first moment to its last. @throws what broke, with what was told to the call before */
function live(choices: readonly Choice[], plausible: boolean): void {
  const told: string[] = []
  try {
    liveOne(choices, plausible, told)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\nafter\n${told.slice(-40).join('\n')}`, {
      cause: error,
    })
  }
}

function liveOne(choices: readonly Choice[], plausible: boolean, told: string[]): void {
  const watch = watchCall(plausible)
  const world = newWorld()
  let [call, commands] = startCall(SETUP_TRIED)
  world.perform(commands)
  let nowMs = 0
  let audioMs = 0

  function tell(fact: CallFact): void {
    if (fact.type !== 'caller-audio') told.push(`${nowMs} ${JSON.stringify(fact)}`)
    const before = call
    ;[call, commands] = step(before, fact, nowMs)
    for (const command of commands) told.push(`    ${JSON.stringify(command)}`)
    watch.step(before, fact, call, commands, nowMs)
    world.perform(commands)
  }

  /** Deadlines fire when they are due, and caller audio comes once a second. */
  function pass(toMs: number): void {
    let still = 0
    for (;;) {
      const dueMs = nextDeadlineMs(call.deadlines) ?? Number.POSITIVE_INFINITY
      const nextMs = Math.max(nowMs, Math.min(dueMs, audioMs + 1000))
      if (nextMs > toMs || call.phase === 'ended') break
      still = nextMs > nowMs ? 0 : still + 1
      if (still > 20) throw new Error(`deadlines without end at ${nowMs}: ${JSON.stringify([...call.deadlines])}`)
      watch.look(call, (nowMs + nextMs) / 2)
      nowMs = nextMs
      if (dueMs <= nowMs) tell({ type: 'time-passed' })
      else {
        audioMs += 1000
        if (world.streamUp) tell({ type: 'caller-audio', receivedMs: nowMs })
      }
    }
    watch.look(call, toMs)
    nowMs = toMs
  }

  for (const { afterMs, pick, nonsense } of choices) {
    pass(nowMs + afterMs)
    for (const fact of nonsense === undefined ? world.chance(pick, nowMs) : [nonsense]) tell(fact)
  }

  if (plausible) {
    // Left alone with a world that does its part, the call comes to rest.
    for (let quiet = 0, moves = 0; (quiet < 10 || world.helpful() !== null) && moves < 1000; moves++) {
      const move = world.helpful()
      quiet = move === null ? quiet + 1 : 0
      pass(nowMs + (move === null ? 4000 : 20))
      if (move !== null) for (const fact of world.facts(move, 4, nowMs)) tell(fact)
    }
    if (call.phase !== 'ended') {
      expect(call.responses.wishes).toEqual([])
      expect(isFree(call.responses)).toBe(true)
      expect(isWorking(call.tools)).toBe(false)
      expect(call.playout.items).toEqual([])
      expect(call.turn).toEqual({ holder: 'nobody' })
      for (const tool of call.tools)
        expect([tool.toolCallId, watch.answered.get(tool.toolCallId)]).toEqual([tool.toolCallId, 1])
    }
  }
  tell({ type: 'hang-up-asked', reason: 'operator-hung-up', detail: '' })
  watch.close(call)
  for (const fact of [{ type: 'time-passed' } as const, { type: 'leg-attached', streamId: 'MZ' } as const]) tell(fact)
}

const afterMs = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 15, arbitrary: fc.integer({ min: 0, max: 800 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 13_000 }) },
)
const choice: fc.Arbitrary<Choice> = fc.record({ afterMs, pick: fc.nat() })

/** Ids of which some exist and some do not. */
const id = (kind: string) => fc.nat({ max: 25 }).map((number) => `${kind}_${number}`)
const flag = fc.boolean()
const anyFact: fc.Arbitrary<CallFact> = fc.oneof(
  fc.record({ type: fc.constant('leg-attached' as const), streamId: id('MZ') }),
  fc.record({
    type: fc.constant('leg-closed' as const),
    why: fc.constantFrom('lost' as const, 'by-us' as const),
    detail: fc.constant(''),
  }),
  fc.record({ type: fc.constant('mark-heard' as const), name: id('m') }),
  fc.record({ type: fc.constant('dtmf' as const), digit: fc.constantFrom('1', '#', '') }),
  fc.record({
    type: fc.constant('audio-sent' as const),
    itemId: id('i'),
    ms: fc.double({ min: 0, max: 500, noNaN: true }),
    padMs: fc.double({ min: 0, max: 19, noNaN: true }),
    sentAtMs: fc.nat({ max: 60_000 }),
    mark: fc.option(id('m')),
  }),
  fc.record({ type: fc.constant('audio-all-sent' as const), itemId: id('i') }),
  fc.record({
    type: fc.constantFrom('audio-arrived' as const, 'audio-muted' as const),
    itemId: id('i'),
    responseId: id('r'),
  }),
  fc.record({
    type: fc.constant('session-ready' as const),
    session: fc.integer({ min: 1, max: 4 }),
    lifetimeMs: fc.option(fc.nat({ max: 90_000 })),
  }),
  fc.record({
    type: fc.constant('session-closed' as const),
    session: fc.integer({ min: 1, max: 5 }),
    code: fc.constant('PROVIDER_CLOSED' as const),
    detail: fc.constant(''),
    retry: flag,
  }),
  fc.record({
    type: fc.constantFrom('caller-speech-started' as const, 'caller-speech-stopped' as const),
    itemId: id('c'),
    atMs: fc.nat({ max: 60_000 }),
  }),
  fc.record({ type: fc.constant('caller-turn-committed' as const), itemId: id('c') }),
  fc.record({ type: fc.constant('caller-transcript' as const), itemId: id('c'), text: fc.string(), final: flag }),
  fc.record({ type: fc.constant('response-started' as const), responseId: id('r') }),
  fc.record({ type: fc.constant('agent-words' as const), itemId: id('i'), text: fc.string() }),
  fc.record({
    type: fc.constant('tool-called' as const),
    responseId: id('r'),
    outputIndex: fc.nat({ max: 3 }),
    toolCallId: id('t'),
    name: fc.constantFrom('lookup', 'find', 'book'),
    arguments: fc.oneof(fc.constant('{}'), fc.string()),
    logged: fc.string(),
    fault: fc.option(fc.string()),
  }),
  fc.record({ type: fc.constant('tool-sent' as const), toolCallId: id('t') }),
  fc.record({ type: fc.constant('tool-result-accepted' as const), toolCallId: id('t') }),
  fc.record({
    type: fc.constant('response-ended' as const),
    responseId: id('r'),
    status: fc.constantFrom('completed' as const, 'cancelled' as const, 'failed' as const, 'incomplete' as const),
    detail: fc.string(),
    usage: fc.nat({ max: 100 }).map((outputText) => ({ ...NO_USAGE, outputText })),
  }),
  fc.record({ type: fc.constant('response-refused' as const), detail: fc.constant('') }),
  fc.record({
    type: fc.constant('session-trouble' as const),
    code: fc.constant('PROVIDER_ERROR' as const),
    detail: fc.string(),
  }),
  fc.record({
    type: fc.constant('tool-finished' as const),
    toolCallId: id('t'),
    status: fc.constantFrom('done' as const, 'failed' as const, 'unknown' as const),
    output: fc.string(),
    logged: fc.string(),
    effect: fc.constantFrom(
      null,
      null,
      { type: 'end-call' } as const,
      { type: 'transfer', destination: 'desk' } as const,
      { type: 'note', text: 'x' } as const,
    ),
  }),
  fc.record({ type: fc.constant('time-passed' as const) }),
  fc.record({ type: fc.constantFrom('operator-listened' as const, 'operator-hung-up' as const), who: id('user') }),
  fc.record({ type: fc.constant('operator-whispered' as const), who: id('user'), text: fc.string() }),
  fc.record({
    type: fc.constant('operator-took-over' as const),
    who: id('user'),
    destination: fc.string(),
    say: fc.option(fc.string()),
  }),
)

it('[EN1] whatever a provider and a carrier do, the rules hold, nothing is stuck, and the call ends once', () => {
  fc.assert(
    fc.property(fc.array(choice, { minLength: 20, maxLength: 300, size: 'max' }), (choices) => {
      live(choices, true)
    }),
    { numRuns: 300 },
  )
})

it('[EN2] whatever is told, in whatever order, nothing breaks, nothing happens twice, and nothing is left', () => {
  const wild = fc.oneof({ weight: 3, arbitrary: choice }, fc.record({ afterMs, pick: fc.nat(), nonsense: anyFact }))
  fc.assert(
    fc.property(fc.array(wild, { minLength: 20, maxLength: 300, size: 'max' }), (choices) => {
      live(choices, false)
    }),
    { numRuns: 300 },
  )
})
