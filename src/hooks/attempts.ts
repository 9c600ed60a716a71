/** What an attempt comes to, and when the next one is. */
import type { OutgoingResult } from '../tools/network/outgoing.ts'

/** For how long a message is tried. */
export const TRIED_MS = 24 * 60 * 60_000
const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 4 * 60 * 60_000

export type Verdict =
  | { readonly type: 'done' }
  /** The receiver wants no more of it. */
  | { readonly type: 'gone' }
  /** @prop error a part of a sentence, without anything that was sent or answered */
  | { readonly type: 'again'; readonly error: string; readonly notBeforeMs: number }

export function verdictOf(result: OutgoingResult): Verdict {
  if (result.type === 'failed') return { type: 'again', error: unreached(result.code), notBeforeMs: 0 }
  const { status, headers } = result
  if (status >= 200 && status < 300) return { type: 'done' }
  if (status === 410) return { type: 'gone' }
  const error = status >= 300 && status < 400 ? `${status}: redirects are not followed` : `answered ${status}`
  return { type: 'again', error, notBeforeMs: retryAfterMs(headers['retry-after']) }
}

/**
 * @param attempts made so far @param random from 0 to 1
 * @returns when to try again, in ms since 1970; null when its time is over
 */
export function nextAttempt(
  { createdAt, attempts, now, notBeforeMs }: { createdAt: number; attempts: number; now: number; notBeforeMs: number },
  random: number,
): number | null {
  const until = createdAt + TRIED_MS
  if (now >= until) return null
  const wait = Math.min(FIRST_WAIT_MS * 3 ** (attempts - 1), LONGEST_WAIT_MS)
  // Messages that failed together must not all come back together.
  const spread = Math.round(wait * (0.8 + 0.4 * random))
  // The last attempt is made when the time is up, and not left out.
  return Math.min(now + Math.max(spread, notBeforeMs), until)
}

function unreached(code: string): string {
  if (code === 'ABORTED') return 'no answer in time'
  if (code === 'FORBIDDEN') return 'config/network.yaml does not let requests go there'
  return `not reached (${code})`
}

/** Seconds alone: a day would need both clocks to agree (RFC 9110, section 10.2.3). */
function retryAfterMs(header: string | undefined): number {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Math.min(Number(header) * 1000, LONGEST_WAIT_MS) : 0
}
