/** Items that leave the line: their words are split where the caller stopped hearing them, and the log is told. Rules TS2, PO5, PO9. */
import { agentWasHeard } from './agreements.ts'
import { change, command, type Draft, record } from './draft.ts'
import { cut, firstTimes, type PlayedItem, takeSounded } from './playout.ts'
import { questionHeard } from './recording.ts'
import { agentHeard, agentLine, splitHeard } from './transcript.ts'
import { takeTurn } from './turn.ts'

/** Everything still in line leaves it now, heard or not. */
export function leaveLine(draft: Draft): readonly PlayedItem[] {
  const [playout, gone] = cut(draft.call.playout, draft.nowMs)
  change(draft, { playout })
  return gone
}

export function itemsGone(draft: Draft, gone: readonly PlayedItem[]): void {
  for (const item of gone) {
    const text = agentLine(draft.call.lines, item.itemId)?.text ?? ''
    const words = splitHeard(text, item.heardMs, item.sentMs, item.complete)
    change(draft, { lines: agentHeard(draft.call.lines, item.itemId, words.heard) })
    wasHeard(draft, item.itemId, item.responseId, item.heardMs, item.toTheEnd)
    questionHeard(draft, item.responseId, words.heard)
    record(draft, {
      type: 'agent-said',
      itemId: item.itemId,
      responseId: item.responseId,
      heardText: words.heard,
      unheardText: words.unheard,
      sentMs: item.sentMs,
      heardMs: item.heardMs,
      startMs: item.startMs,
      endMs: item.endMs,
      interrupted: !item.toTheEnd,
    })
  }
  if (gone.length > 0 && draft.call.playout.items.length === 0) {
    change(draft, { turn: takeTurn(draft.call.turn, { type: 'agent-quiet' }) })
  }
}

/** What has become known to have sounded goes to whoever keeps or follows the call. [PO9] */
export function passOnHeard(draft: Draft): void {
  const [playout, sounded] = takeSounded(draft.call.playout)
  if (sounded.length === 0) return
  change(draft, { playout })
  for (const stretch of sounded) command(draft, { type: 'pass-on-heard', ...stretch })
}

/** What the caller heard may have been the read-back that a tool waits for. [TC10] */
export function wasHeard(draft: Draft, itemId: string, responseId: string, heardMs: number, toTheEnd: boolean): void {
  const { agreements, lines } = draft.call
  const line = lines.findIndex((each) => each.by === 'agent' && each.itemId === itemId)
  change(draft, { agreements: agentWasHeard(agreements, line, responseId, heardMs, toTheEnd) })
}

/** A reply is timed once a mark proves that its first audio was heard. */
export function timeReplies(draft: Draft): void {
  for (const [responseId, times] of draft.call.untimed) {
    const first = firstTimes(draft.call.playout, responseId)
    if (first === null) continue
    // Audio is written in the moment in which it comes, and its time is taken a little before the fact that tells of it.
    const firstSentMs = Math.max(times.firstModelAudioMs, first.sentMs)
    const firstHeardMs = Math.max(firstSentMs, first.heardMs)
    record(draft, { type: 'reply-timed', responseId, ...times, firstSentMs, firstHeardMs })
    const untimed = new Map(draft.call.untimed)
    untimed.delete(responseId)
    change(draft, { untimed })
  }
}
