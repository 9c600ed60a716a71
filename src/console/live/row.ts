/** One call as the wall shows it. */
import type { Call } from '../../call/state.ts'
import type { LiveRow } from '../contract/live.ts'
import { heardNow } from './captions.ts'
import type { Notebook } from './notebook.ts'
import { strainSoFar } from './strain-so-far.ts'

/** Before that a call's rate says nothing. */
const RATE_AFTER_MS = 10_000

/** @param nowMs call time */
export function liveRow(call: Call, notebook: Notebook, nowMs: number, listeners: number): LiveRow {
  const { callId, agent, from, to, price, maxMs } = call.setup
  const costUsd = price === null ? null : call.costUsd
  return {
    callId,
    agent,
    from,
    to,
    startedAt: notebook.startedAt,
    floor: call.turn.holder,
    lastLine: lastLineOf(call, nowMs),
    turns: call.callerTurns,
    replyMs: notebook.replyMs === null ? null : Math.round(notebook.replyMs),
    costUsd,
    forecastUsd: costUsd === null ? null : forecast(costUsd, nowMs, maxMs),
    strain: strainSoFar(notebook),
    toolRunning: call.tools.find((tool) => tool.output === null)?.name ?? null,
    listeners,
  }
}

/** To the cent: what changes with every tick would be told with every tick. */
function forecast(costUsd: number, nowMs: number, maxMs: number): number | null {
  if (nowMs < RATE_AFTER_MS) return null
  return Math.round(((costUsd * Math.max(nowMs, maxMs)) / nowMs) * 100) / 100
}

function lastLineOf(call: Call, nowMs: number): LiveRow['lastLine'] {
  for (const line of call.lines.toReversed()) {
    if (line.by === 'note') continue
    const text = line.by === 'caller' ? line.text : heardNow(call, line, nowMs)
    if (text !== '') return { by: line.by, text }
  }
  return null
}
