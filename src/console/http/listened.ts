/** Who has listened to what of late, so that the account tells of a listening once and not of each piece of it. */
import type { Actor } from '../gate.ts'

const ONE_LISTENING_MS = 60 * 60_000
/** Beyond that the oldest are forgotten, and told of again. */
const KEPT_MOST = 5000

export class Listened {
  readonly #now: () => number
  /** When each began, oldest first. */
  readonly #since = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  isNew({ userId, name }: Actor, callId: string): boolean {
    const key = JSON.stringify([userId, name, callId])
    const since = this.#since.get(key)
    if (since !== undefined && this.#now() - since < ONE_LISTENING_MS) return false
    this.#since.delete(key)
    this.#since.set(key, this.#now())
    const [oldest] = this.#since.keys()
    if (this.#since.size > KEPT_MOST && oldest !== undefined) this.#since.delete(oldest)
    return true
  }
}
