import { expect, it } from 'vitest'
import {
  answerable,
  isWorking,
  markAccepted,
  markAnswered,
  markAskedFor,
  markReplied,
  NO_TOOLS,
  type PendingTools,
  toolCalled,
  toolFinished,
  wantsReply,
} from '../../src/call/pending-tools.ts'

function calls(...outputIndexes: readonly number[]): PendingTools {
  return outputIndexes.reduce<PendingTools>(
    (tools, outputIndex) => toolCalled(tools, call(`t${outputIndex}`, outputIndex)),
    NO_TOOLS,
  )
}
function call(toolCallId: string, outputIndex: number, responseId = 'r1') {
  return {
    toolCallId,
    session: 1,
    responseId,
    outputIndex,
    name: 'lookup',
    key: `k${toolCallId}`,
    turn: 0,
    calledMs: 0,
  }
}
const finish = (tools: PendingTools, toolCallId: string, silent = false) =>
  toolFinished(tools, toolCallId, `out ${toolCallId}`, silent)
const answer = (tools: PendingTools): PendingTools =>
  answerable(tools).reduce((now, tool) => markAnswered(now, tool.toolCallId), tools)
const names = (tools: PendingTools) => tools.map((tool) => tool.toolCallId)

it('[TC1] a call is known once, however often it is told', () => {
  const tools = calls(0)
  expect(tools).toEqual([
    {
      ...call('t0', 0),
      standing: 'run',
      sent: false,
      output: null,
      answered: false,
      accepted: false,
      askedFor: false,
      replied: false,
      silent: false,
    },
  ])
  expect(toolCalled(tools, { ...call('t0', 3), name: 'other' })).toBe(tools)
})

it('[TC2] the first outcome counts', () => {
  const tools = finish(calls(0), 't0')
  expect(toolFinished(tools, 't0', 'later', true)).toBe(tools)
  expect(toolFinished(tools, 'unknown', 'x', false)).toBe(tools)
  expect(tools[0]).toMatchObject({ output: 'out t0', silent: false })
  expect(isWorking(calls(0))).toBe(true)
  expect(isWorking(tools)).toBe(false)
})

it('[TC3] answers go out in the order of the calls, none before those ahead of it, each once', () => {
  let tools = finish(calls(2, 0, 1), 't2')
  expect(answerable(tools)).toEqual([])
  tools = finish(tools, 't0')
  expect(names(answerable(tools))).toEqual(['t0'])
  tools = finish(answer(tools), 't1')
  expect(names(answerable(tools))).toEqual(['t1', 't2'])
  expect(answerable(answer(tools))).toEqual([])
})

it('[TC3] calls of another response do not hold them up', () => {
  const tools = finish(toolCalled(calls(0), call('u5', 5, 'r2')), 'u5')
  expect(names(answerable(tools))).toEqual(['u5'])
})

it('[TC4] a reply is wanted when all calls of a response are answered, and none for silent ones', () => {
  let tools = answer(finish(calls(0, 1), 't0'))
  expect(wantsReply(tools)).toBe(false)
  tools = answer(finish(tools, 't1', true))
  expect(wantsReply(tools)).toBe(true)
  expect(wantsReply(answer(finish(calls(0), 't0', true)))).toBe(false)
  expect(wantsReply(NO_TOOLS)).toBe(false)
})

it('[TC5] a response counts as the reply to what was taken in, or sent before it was asked for', () => {
  const sent = answer(finish(calls(0), 't0'))
  expect(wantsReply(markReplied(sent, false))).toBe(true)
  expect(wantsReply(markReplied(markAccepted(sent, 't0'), false))).toBe(false)
  expect(wantsReply(markReplied(markAskedFor(sent), true))).toBe(false)
  // Asked for before the answer was sent, and started after: it does not know the answer.
  expect(wantsReply(markReplied(answer(markAskedFor(finish(calls(0), 't0'))), true))).toBe(true)
  // Ours was refused: the provider's own does not know what was not taken in.
  expect(wantsReply(markReplied(markAskedFor(sent), false))).toBe(true)
  expect(markAccepted(finish(calls(0), 't0'), 't0')[0]?.accepted).toBe(false)
})
