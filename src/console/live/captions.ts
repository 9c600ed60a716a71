/** What is being said at this moment and is not final yet, from the call's own state: nothing is kept for it while nobody looks. */
import { heardOf } from '../../call/playout.ts'
import type { Call } from '../../call/state.ts'
import { type AgentLine, type Line, splitHeard } from '../../call/transcript.ts'
import type { Caption } from '../contract/live.ts'

/** @param nowMs call time  @returns lines in the order in which they began; of the agent as far as the caller has heard them */
export function captionsNow(call: Call, nowMs: number): readonly Caption[] {
  return call.lines.flatMap((line) => captionNow(call, line, nowMs) ?? [])
}

function captionNow(call: Call, line: Line, nowMs: number): Caption | null {
  if (line.by === 'note') return null
  const { itemId: lineId } = line
  if (line.by === 'caller') {
    if (line.recorded) return null
    return { type: 'said', lineId, by: 'caller', atMs: line.startMs, text: line.text, unheard: '', final: false }
  }
  const item = call.playout.items.find((each) => each.itemId === lineId)
  const text = heardNow(call, line, nowMs)
  if (item === undefined || text === '') return null
  const atMs = item.firstHeardMs ?? item.firstSentMs ?? item.arrivedMs
  return { type: 'said', lineId, by: 'agent', atMs, text, unheard: '', final: false }
}

/** The agent's words that have reached the caller's ear. */
export function heardNow({ playout }: Call, { itemId, text, heardText }: AgentLine, nowMs: number): string {
  if (heardText !== null) return heardText
  const item = playout.items.find((each) => each.itemId === itemId)
  if (item === undefined) return ''
  return splitHeard(text, heardOf(playout, itemId, nowMs), item.sentMs, item.allSent).heard
}
