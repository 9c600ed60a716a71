/** What holds of every call at every moment, whatever happens to it. */
import { expect } from 'vitest'
import type { CallCommand } from '../../src/call/commands.ts'
import { END_REASONS } from '../../src/call/end-reason.ts'
import { EventBody } from '../../src/call/events.ts'
import type { CallFact } from '../../src/call/facts.ts'
import { isWorking } from '../../src/call/pending-tools.ts'
import { heardInAll, heardOf, isHearing } from '../../src/call/playout.ts'
import { isFree } from '../../src/call/responses.ts'
import type { Call } from '../../src/call/state.ts'

export interface Watch {
  /** At any time between two facts. */
  look(call: Call, nowMs: number): void
  /** At each step. */
  step(before: Call, fact: CallFact, after: Call, commands: readonly CallCommand[], nowMs: number): void
  /** When no more facts come: the call has been ended by then. */
  close(call: Call): void
  readonly answered: ReadonlyMap<string, number>
}

function fail(what: string): never {
  throw new Error(what)
}

/** @param plausible whether the facts are such as a provider and a carrier would tell: then we keep a book of responses */
export function watchCall(plausible: boolean): Watch {
  const truncated = new Set<string>()
  const arrived = new Set<string>()
  const said = new Set<string>()
  const ran = new Set<string>()
  const sentResults = new Set<string>()
  const answered = new Map<string, number>()
  /** What was passed on as heard, item by item. */
  const passedOn = new Map<string, number>()
  let heardMs = 0
  let ends = 0
  let forgotten = false
  const book = { active: null as string | null, asked: false, promised: false, callerSpeaks: false }

  function keepBook(fact: CallFact, before: Call): void {
    switch (fact.type) {
      case 'caller-speech-started':
        book.promised = true
        book.callerSpeaks = true
        break
      case 'caller-speech-stopped':
        book.callerSpeaks = false
        break
      case 'caller-turn-committed':
        if (book.active === null) book.promised = true
        break
      case 'response-started':
        book.active = fact.responseId
        book.asked = false
        if (!book.callerSpeaks) book.promised = false
        break
      case 'response-refused':
        book.asked = false
        break
      case 'response-ended':
        if (book.active === fact.responseId) book.active = null
        break
      case 'session-closed':
        if (fact.session !== before.session.number) break
        Object.assign(book, { active: null, asked: false, promised: false, callerSpeaks: false })
        break
      default:
    }
  }

  function look(call: Call, nowMs: number): void {
    for (const item of call.playout.items) {
      const ms = heardOf(call.playout, item.itemId, nowMs)
      if (ms > item.sentMs || ms < 0) fail(`heard ${ms} of ${item.sentMs} ms of ${item.itemId}`)
    }
    if (call.phase === 'ended') return
    const inAll = heardInAll(call.playout, nowMs)
    if (inAll < heardMs - 1e-6) fail(`heard fell from ${heardMs} to ${inAll}`)
    heardMs = inAll
  }

  /** Nothing is run twice in a turn of the caller, nor before the caller has answered when that is asked for. */
  function runOnce(before: Call, after: Call, toolCallId: string): void {
    const tool = after.tools.find((each) => each.toolCallId === toolCallId)
    if (tool === undefined) return fail(`${toolCallId} is run and not known`)
    const agreement = before.agreements.find(({ key }) => key === tool.key)
    const needed = agreement !== undefined || after.setup.tools[tool.name]?.confirm === true
    if (needed && agreement?.state !== 'answered') fail(`${toolCallId} is run and nobody agreed`)
    const same = before.tools.filter(
      ({ key, turn, standing }) => key === tool.key && turn === tool.turn && standing === 'run',
    )
    if (same.length > 0) fail(`${toolCallId} is run again in one turn`)
  }

  function perform(before: Call, command: CallCommand, after: Call, nowMs: number): void {
    if (forgotten) fail(`${command.type} after forget-call`)
    switch (command.type) {
      case 'create-response':
        if (after.session.state !== 'ready') fail('asked without a session')
        if (after.phase === 'live' && !after.legAttached) fail('asked while the stream was away')
        if (!plausible) break
        if (book.active !== null || book.asked || book.promised || book.callerSpeaks) {
          fail(`asked beside ${JSON.stringify(book)}`)
        }
        book.asked = true
        break
      case 'truncate-item': {
        if (truncated.has(command.itemId)) fail(`${command.itemId} is truncated twice`)
        truncated.add(command.itemId)
        const item = before.playout.items.find((each) => each.itemId === command.itemId)
        const most = item === undefined ? 0 : Math.floor(heardOf(before.playout, command.itemId, nowMs))
        if (command.heardMs !== most) fail(`${command.itemId} is truncated at ${command.heardMs} of ${most}`)
        if (command.heardMs > (item?.sentMs ?? 0)) fail(`${command.itemId} is truncated past what was sent`)
        break
      }
      case 'run-tool':
        if (ran.has(command.toolCallId)) fail(`${command.toolCallId} is run twice`)
        ran.add(command.toolCallId)
        runOnce(before, after, command.toolCallId)
        break
      case 'abort-tool':
        if (!before.tools.some((tool) => tool.toolCallId === command.toolCallId && tool.output === null)) {
          fail(`${command.toolCallId} is aborted and does not work`)
        }
        break
      case 'send-tool-result':
        if (sentResults.has(command.toolCallId)) fail(`${command.toolCallId} is answered twice`)
        sentResults.add(command.toolCallId)
        break
      case 'pass-on-heard': {
        const { itemId, fromMs, ms } = command
        const before = passedOn.get(itemId) ?? 0
        if (Math.abs(fromMs - before) > 1e-6) fail(`${itemId} is passed on from ${fromMs} after ${before}`)
        passedOn.set(itemId, fromMs + ms)
        break
      }
      case 'forget-call':
        forgotten = true
        break
      case 'record':
        EventBody.parse(command.event)
        write(command.event)
        break
      default:
    }
  }

  function write(event: EventBody): void {
    if (event.type === 'deadline-passed' && event.deadline === 'reply')
      Object.assign(book, { asked: false, promised: false })
    if (event.type === 'tool-answered') answered.set(event.toolCallId, (answered.get(event.toolCallId) ?? 0) + 1)
    if (event.type === 'agent-said') {
      if (said.has(event.itemId)) fail(`${event.itemId} is said twice`)
      said.add(event.itemId)
      if (event.heardMs > event.sentMs || event.endMs < event.startMs) fail(`impossible: ${JSON.stringify(event)}`)
    }
    if (event.type === 'call-ended') {
      ends += 1
      if (!(event.reason in END_REASONS)) fail(`ended for ${event.reason}`)
      if (event.callerHeardMs < heardMs - 1e-6) fail(`heard ${event.callerHeardMs} in the end and ${heardMs} before`)
    }
  }

  /** Nothing may wait for ever: whoever's move it is has a time to make it. */
  function notStuck(call: Call, nowMs: number): void {
    const { responses, turn, tools, playout, deadlines, session } = call
    const due = (...names: readonly string[]): boolean => names.some((name) => deadlines.has(name as 'reply'))
    if (call.ending !== null && !due('goodbye')) fail('an end without a deadline')
    if (session.state !== 'ready' && !due('session')) fail('a session without a deadline')
    if (call.phase === 'ringing' && !due('stream', 'stream-again')) fail('a stream without a deadline')
    if (call.phase === 'live' && !due(call.legAttached ? 'media' : 'stream-again'))
      fail('a broken stream without a deadline')
    if (isHearing(playout, nowMs) && !due('marks')) fail('marks without a deadline')
    for (const tool of tools)
      if (tool.output === null && !due(`tool:${tool.toolCallId}`)) fail('a tool without a deadline')
    if (!isFree(responses) && turn.holder !== 'caller' && !isHearing(playout, nowMs) && !isWorking(tools)) {
      if (!due('reply', 'session', 'stream', 'stream-again')) fail('a model without a deadline')
    }
    const waits = session.state !== 'ready' || turn.holder === 'caller' || (call.phase === 'live' && !call.legAttached)
    if (isFree(responses) && responses.wishes.length > 0 && !waits) fail('a wish that nobody asks for')
  }

  return {
    answered,
    look,
    step(before, fact, after, commands, nowMs) {
      look(before, nowMs)
      if (plausible) keepBook(fact, before)
      if (before.phase === 'ended') {
        expect(commands).toEqual([])
        expect(after).toBe(before)
        return
      }
      if (
        fact.type === 'caller-speech-started' &&
        before.playout.items.length > 0 &&
        commands[0]?.type !== 'clear-leg'
      ) {
        fail('a barge-in that does not clear first')
      }
      for (const command of commands) perform(before, command, after, nowMs)
      for (const command of commands) {
        if (command.type !== 'record' || command.event.type !== 'agent-said') continue
        const { itemId, heardMs } = command.event
        const passed = passedOn.get(itemId) ?? 0
        if (Math.abs(passed - heardMs) > 1e-6) fail(`${heardMs} of ${itemId} was heard, and ${passed} passed on`)
      }
      for (const item of after.playout.items) arrived.add(item.itemId)
      if (forgotten !== (after.phase === 'ended')) fail('ended and not forgotten, or forgotten and not ended')
      if (forgotten) {
        if (commands.at(-1)?.type !== 'forget-call') fail('forget-call is not last')
        if (after.deadlines.size > 0) fail('a deadline outlives the call')
        return
      }
      look(after, nowMs)
      notStuck(after, nowMs)
    },
    close(call) {
      expect(call.phase).toBe('ended')
      expect(ends).toBe(1)
      expect([...said].sort()).toEqual([...new Set([...arrived, ...said])].sort())
      for (const [toolCallId, times] of answered) if (times > 1) fail(`${toolCallId} is answered ${times} times`)
    },
  }
}
