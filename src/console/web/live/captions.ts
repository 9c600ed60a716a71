/** The lines of a live call, folded from the messages of `GET /live/:callId`. */
import type { Caption } from '../../contract/live.ts'

export interface Captions {
  /** By the call time at which they began. */
  readonly lines: readonly Caption[]
  readonly ended: { readonly atMs: number; readonly reason: string } | null
}

export const NO_CAPTIONS: Captions = { lines: [], ended: null }

export function foldCaptions(captions: Captions, message: Caption): Captions {
  if (message.type === 'ended') return { ...captions, ended: { atMs: message.atMs, reason: message.reason } }
  const others = captions.lines.filter(({ lineId }) => lineId !== message.lineId)
  // Most messages are about the last line, or a new one behind it.
  const at = others.findLastIndex((line) => line.atMs <= message.atMs) + 1
  return { ...captions, lines: [...others.slice(0, at), message, ...others.slice(at)] }
}
