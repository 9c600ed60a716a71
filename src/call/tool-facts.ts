/** What the model's tool calls and their outcomes do to a call. Rules TC1–TC7, EN3. */
import { change, command, type Draft, record, setAlarm, stopAlarm, tellModel } from './draft.ts'
import { beginEnding, HANG_UP } from './ending.ts'
import type { SessionFact, ToolEffect, ToolFact } from './facts.ts'
import { answerable, markAnswered, type ToolCall, toolCalled, toolFinished } from './pending-tools.ts'
import { noted } from './transcript.ts'

const INTERRUPTED = 'Not done: the caller interrupted before this was carried out. Ask again if it is still wanted.'
const NO_TOOLS_NOW = 'Not done: no tool may be used in this turn.'

export function toolAsked(draft: Draft, fact: Extract<SessionFact, { type: 'tool-called' }>): void {
  const { call, nowMs } = draft
  const { toolCallId, responseId, outputIndex, name } = fact
  const session = call.session.number
  const tools = toolCalled(call.tools, { toolCallId, session, responseId, outputIndex, name, calledMs: nowMs })
  if (tools === call.tools) return
  change(draft, { tools, prodded: false })
  stopAlarm(draft, 'reply')
  record(draft, { type: 'tool-reserved', toolCallId, responseId, name, arguments: fact.arguments })
  const { active } = call.responses
  const response = active?.responseId === responseId ? active : null
  if (response?.interrupted === true) return refuse(draft, fact, INTERRUPTED)
  if (response?.wish?.allowTools === false) return refuse(draft, fact, NO_TOOLS_NOW)
  command(draft, { type: 'run-tool', toolCallId, name, arguments: fact.arguments })
  setAlarm(draft, `tool:${toolCallId}`, nowMs + (call.setup.toolTimeoutMs[name] ?? 10_000))
}

/** A call that must not act is answered all the same: the model waits for an answer to each. [TC6] */
function refuse(draft: Draft, call: { readonly toolCallId: string; readonly name: string }, output: string): void {
  const { toolCallId, name } = call
  change(draft, { tools: toolFinished(draft.call.tools, toolCallId, output, true) })
  record(draft, { type: 'tool-finished', toolCallId, name, status: 'failed', output, tookMs: 0 })
}

export function toolDone(draft: Draft, fact: ToolFact): void {
  finishTool(draft, fact.toolCallId, fact.status, fact.output, fact.effect)
}

export function toolTimedOut(draft: Draft, toolCallId: string): void {
  command(draft, { type: 'abort-tool', toolCallId })
  const output =
    'The backend did not answer in time, and it is not known whether it acted. Tell the caller, and do not try again unasked.'
  finishTool(draft, toolCallId, 'timed-out', output, null)
}

function finishTool(
  draft: Draft,
  toolCallId: string,
  status: 'done' | 'failed' | 'timed-out',
  output: string,
  effect: ToolEffect | null,
): void {
  const tool = draft.call.tools.find((each) => each.toolCallId === toolCallId)
  // What comes after the time was up, or for a call that is gone, changes nothing. [TC2]
  if (tool === undefined || tool.output !== null) return
  stopAlarm(draft, `tool:${toolCallId}`)
  const silent = effect !== null && saidSomething(draft, tool)
  change(draft, { tools: toolFinished(draft.call.tools, toolCallId, output, silent || effect !== null) })
  record(draft, {
    type: 'tool-finished',
    toolCallId,
    name: tool.name,
    status,
    output,
    tookMs: draft.nowMs - tool.calledMs,
  })
  if (effect !== null) carryOut(draft, effect, silent)
}

/** Whether the response that made the call has spoken too: then its goodbye is said, and another would be one too many. */
function saidSomething(draft: Draft, tool: ToolCall): boolean {
  return draft.call.lines.some((line) => line.by === 'agent' && line.responseId === tool.responseId)
}

function carryOut(draft: Draft, effect: ToolEffect, goodbyeSaid: boolean): void {
  const { instructions } = draft.call.setup
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
    if (!tool.silent) change(draft, { lines: noted(draft.call.lines, `The result of ${name}: ${output}`) })
    record(draft, { type: 'tool-answered', toolCallId })
    change(draft, { tools: markAnswered(draft.call.tools, toolCallId) })
  }
}
