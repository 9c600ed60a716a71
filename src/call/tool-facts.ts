/** What the model's tool calls and their outcomes do to a call. Rules TC1–TC12, EN3. */
import { type Agreement, ALLOW_RECORDING, agreementOn, askFor, callerAnswered, used } from './agreements.ts'
import { canonicalJson } from './canonical-json.ts'
import { change, command, type Draft, record, setAlarm, stopAlarm, tellModel } from './draft.ts'
import { beginEnding, HANG_UP } from './ending.ts'
import type { EventBody } from './events.ts'
import type { SessionFact, ToolEffect, ToolFact } from './facts.ts'
import { instructionsOf, LOOKUP_ID } from './lookup.ts'
import { lookupTimedOut, onLookupFact } from './lookup-facts.ts'
import {
  answerable,
  changeTool,
  markAnswered,
  repeated,
  repeatsOf,
  type ToolCall,
  toolCalled,
  toolFinished,
} from './pending-tools.ts'
import { heardOf } from './playout.ts'
import { questionHeard, recordingAllowed, saysYes } from './recording.ts'
import { wasHeard } from './settle-items.ts'
import type { ToolRules } from './state.ts'
import { agentLine, noted, splitHeard } from './transcript.ts'

const INTERRUPTED = 'Not done: the caller interrupted before this was carried out. Ask again if it is still wanted.'
const NO_TOOLS_NOW = 'Not done: no tool may be used in this turn.'
const NOT_IN_TIME = 'The backend did not answer in time. Tell the caller.'
const MAYBE_DONE =
  'The backend did not answer in time, and it is not known whether it acted. Tell the caller, and do not try again unasked.'
const NEVER_BEGUN = 'Not done: it could not be begun in time. Tell the caller.'

/** What the model is told of a call that waits for the caller. [TC10, TC12] */
function waitFor(name: string, why: 'confirm' | 'unknown'): string {
  const again = `When they have agreed, call ${name} again with the same arguments. If they decline, do not call it.`
  return why === 'confirm'
    ? `Not done yet. Read back to the caller what will be done, with every detail, and ask whether that is right. ${again}`
    : `Not done again: it is not known whether the first time it acted. Tell the caller so and ask whether to try once more. ${again}`
}

/** The same where what waits is a recording. [RE2] */
function askFirst(question: string): string {
  return `Not recorded: the caller has not answered that question yet. Ask them: "${question}" When they have agreed, call ${ALLOW_RECORDING} again. If they decline, call it with allowed false.`
}

const UNKNOWN_TOOL: ToolRules = { timeoutMs: 10_000, readOnly: false, confirm: false }

function rulesOf(draft: Draft, name: string): ToolRules {
  const { tools } = draft.call.setup
  return (Object.hasOwn(tools, name) ? tools[name] : undefined) ?? UNKNOWN_TOOL
}

export function toolAsked(draft: Draft, fact: Extract<SessionFact, { type: 'tool-called' }>): void {
  const { call, nowMs } = draft
  const { toolCallId, responseId, outputIndex, name } = fact
  const key = `${name} ${canonicalJson(fact.arguments)}`
  const turn = call.callerTurns
  const session = call.session.number
  const first = repeated(call.tools, key, turn)
  const tools = toolCalled(call.tools, {
    toolCallId,
    session,
    responseId,
    outputIndex,
    name,
    key,
    turn,
    calledMs: nowMs,
  })
  if (tools === call.tools) return
  change(draft, { tools, prodded: false })
  stopAlarm(draft, 'reply')
  record(draft, { type: 'tool-reserved', toolCallId, responseId, name, arguments: fact.logged })
  const { active } = call.responses
  const response = active?.responseId === responseId ? active : null
  if (response?.interrupted === true) return refuse(draft, fact, INTERRUPTED)
  if (response?.wish?.allowTools === false) return refuse(draft, fact, NO_TOOLS_NOW)
  if (fact.fault !== null) return refuse(draft, fact, fact.fault, false)
  const { timeoutMs, confirm: always } = rulesOf(draft, name)
  const confirm = always || saysYes(name, key)
  if (first !== undefined) {
    change(draft, { tools: changeTool(draft.call.tools, toolCallId, { standing: 'repeat' }) })
    if (first.output !== null) return answerRepeat(draft, toolCallId, first.output, first.silent)
    return setAlarm(draft, `tool:${toolCallId}`, nowMs + timeoutMs)
  }
  const agreement = agreementOn(call.agreements, key)
  if ((confirm || agreement !== undefined) && agreement?.state !== 'answered') return hold(draft, fact, key, agreement)
  change(draft, { agreements: used(call.agreements, key) })
  command(draft, { type: 'run-tool', toolCallId, name, arguments: fact.arguments })
  setAlarm(draft, `tool:${toolCallId}`, nowMs + timeoutMs)
}

/** A call that must not act is answered all the same: the model waits for an answer to each. [TC6] */
function refuse(
  draft: Draft,
  call: { readonly toolCallId: string; readonly name: string },
  output: string,
  silent = true,
): void {
  const { toolCallId, name } = call
  const tools = changeTool(draft.call.tools, toolCallId, { standing: 'refused' })
  change(draft, { tools: toolFinished(tools, toolCallId, output, silent) })
  record(draft, { type: 'tool-finished', toolCallId, name, status: 'failed', output, tookMs: 0 })
}

/** The caller is to hear what will be done, and to answer, before it is done. [TC10, TC12] */
function hold(
  draft: Draft,
  call: { readonly toolCallId: string; readonly name: string; readonly responseId: string },
  key: string,
  asked: Agreement | undefined,
): void {
  const { toolCallId, name, responseId } = call
  const { agreements, lines } = draft.call
  const why = asked?.why ?? 'confirm'
  // Whoever calls again before the answer changes nothing of what has been read back already.
  if (asked === undefined) {
    change(draft, { agreements: askFor(agreements, { key, name, why, responseId, lines: lines.length }) })
  }
  const output = name === ALLOW_RECORDING ? askFirst(draft.call.setup.recording.ask) : waitFor(name, why)
  const tools = changeTool(draft.call.tools, toolCallId, { standing: 'held' })
  change(draft, { tools: toolFinished(tools, toolCallId, output, false) })
  record(draft, { type: 'tool-finished', toolCallId, name, status: 'held', output, tookMs: 0 })
}

/** A caller's turn is over: it answers what was read back before, and calls made from now on repeat none made before. */
export function callerHadTurn(draft: Draft): void {
  const { playout } = draft.call
  // Keys do not interrupt: what they answer may still be sounding.
  for (const { itemId, responseId, sentMs, allSent } of playout.items) {
    const heardMs = heardOf(playout, itemId, draft.nowMs)
    wasHeard(draft, itemId, responseId, heardMs, false)
    const text = agentLine(draft.call.lines, itemId)?.text ?? ''
    questionHeard(draft, responseId, splitHeard(text, heardMs, sentMs, allSent).heard)
  }
  const { agreements, callerTurns } = draft.call
  change(draft, { callerTurns: callerTurns + 1, agreements: callerAnswered(agreements) })
}

/** The caller has cut off these responses: what they only wanted to look up is not waited for. [TC11] */
export function giveUpReading(draft: Draft, responseIds: readonly string[]): void {
  for (const tool of draft.call.tools) {
    const { toolCallId, name, responseId } = tool
    if (tool.output !== null || !responseIds.includes(responseId) || !rulesOf(draft, name).readOnly) continue
    if (tool.standing === 'run') command(draft, { type: 'abort-tool', toolCallId })
    change(draft, { tools: changeTool(draft.call.tools, toolCallId, { standing: 'refused' }) })
    finishTool(draft, toolCallId, { status: 'aborted', output: INTERRUPTED, logged: INTERRUPTED, silent: true })
  }
}

export function onToolFact(draft: Draft, fact: ToolFact): void {
  const { toolCallId } = fact
  if (toolCallId === LOOKUP_ID) return onLookupFact(draft, fact)
  const tool = draft.call.tools.find((each) => each.toolCallId === toolCallId)
  // What comes after the time was up, or for a call that is gone, changes nothing. [TC2]
  if (tool === undefined || tool.output !== null) return
  if (fact.type === 'tool-sent') {
    if (tool.sent) return
    change(draft, { tools: changeTool(draft.call.tools, toolCallId, { sent: true }) })
    return record(draft, { type: 'tool-sent', toolCallId })
  }
  const { status, output, logged, effect } = fact
  const ends = effect?.type === 'end-call' || effect?.type === 'transfer'
  const goodbyeSaid = ends && saidSomething(draft, tool)
  finishTool(draft, toolCallId, { status, output, logged, silent: ends })
  if (effect !== null) carryOut(draft, effect, goodbyeSaid)
}

export function toolTimedOut(draft: Draft, toolCallId: string): void {
  if (toolCallId === LOOKUP_ID) return lookupTimedOut(draft)
  const tool = draft.call.tools.find((each) => each.toolCallId === toolCallId)
  if (tool === undefined) return
  command(draft, { type: 'abort-tool', toolCallId })
  const [status, output] = rulesOf(draft, tool.name).readOnly
    ? (['timed-out', NOT_IN_TIME] as const)
    : tool.sent
      ? (['unknown', MAYBE_DONE] as const)
      : (['failed', NEVER_BEGUN] as const)
  finishTool(draft, toolCallId, { status, output, logged: output, silent: false })
}

interface Outcome {
  readonly status: Extract<EventBody, { type: 'tool-finished' }>['status']
  readonly output: string
  readonly logged: string
  readonly silent: boolean
}

function finishTool(draft: Draft, toolCallId: string, { status, output, logged, silent }: Outcome): void {
  const tool = draft.call.tools.find((each) => each.toolCallId === toolCallId)
  if (tool === undefined || tool.output !== null) return
  stopAlarm(draft, `tool:${toolCallId}`)
  change(draft, { tools: toolFinished(draft.call.tools, toolCallId, output, silent) })
  const { name, key, responseId, calledMs } = tool
  record(draft, { type: 'tool-finished', toolCallId, name, status, output: logged, tookMs: draft.nowMs - calledMs })
  if (status === 'unknown') {
    const { agreements, lines } = draft.call
    change(draft, { agreements: askFor(agreements, { key, name, why: 'unknown', responseId, lines: lines.length }) })
  }
  if (tool.standing === 'repeat') return
  for (const repeat of repeatsOf(draft.call.tools, tool)) answerRepeat(draft, repeat.toolCallId, output, silent)
}

/** The answer is in the log already, beside the call that was run. [TC9] */
function answerRepeat(draft: Draft, toolCallId: string, output: string, silent: boolean): void {
  finishTool(draft, toolCallId, { status: 'repeated', output, logged: '', silent })
}

/** Whether the response that made the call has spoken too: then its goodbye is said, and another would be one too many. */
function saidSomething(draft: Draft, tool: ToolCall): boolean {
  return draft.call.lines.some((line) => line.by === 'agent' && line.responseId === tool.responseId)
}

function carryOut(draft: Draft, effect: ToolEffect, goodbyeSaid: boolean): void {
  const instructions = instructionsOf(draft.call)
  if (effect.type === 'note') return record(draft, { type: 'note', text: effect.text })
  if (effect.type === 'recording') return recordingAllowed(draft, effect.allowed)
  if (effect.type === 'end-call') {
    const last = `${instructions}\n\nThe call is ending. Say goodbye to the caller in one short sentence.`
    beginEnding(
      draft,
      { reason: 'agent-ended', detail: 'the agent ended the call', next: HANG_UP, cancellable: true },
      goodbyeSaid ? null : { kind: 'goodbye', instructions: last, allowTools: false },
    )
    return
  }
  const { destination } = effect
  const last = `${instructions}\n\nYou are about to connect the caller. Say so in one short sentence.`
  beginEnding(
    draft,
    {
      reason: 'transferred',
      detail: `to ${destination}`,
      next: { type: 'transfer', destination },
      cancellable: true,
    },
    goodbyeSaid ? null : { kind: 'goodbye', instructions: last, allowTools: false },
  )
}

/**
 * Sends the answers whose turn it is. One for a session that is gone is told to the present one instead, and those to come
 * find it in their seed. [TC3, TC5]
 */
export function answerTools(draft: Draft): void {
  if (draft.call.session.state !== 'ready') return
  for (const tool of answerable(draft.call.tools)) {
    const { toolCallId, name } = tool
    const output = tool.output ?? ''
    if (tool.session === draft.call.session.number) {
      command(draft, { type: 'send-tool-result', toolCallId, output })
    } else {
      tellModel(draft, `The result of ${name}, asked for before the interruption: ${output}`)
    }
    if (!tool.silent && tool.standing !== 'repeat')
      change(draft, { lines: noted(draft.call.lines, `The result of ${name}: ${output}`) })
    record(draft, { type: 'tool-answered', toolCallId })
    change(draft, { tools: markAnswered(draft.call.tools, toolCallId) })
  }
}
