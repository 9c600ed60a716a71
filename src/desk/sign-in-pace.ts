/** Guessing is slowed by who is tried, from where, and by both. */
import { isIPv6 } from 'node:net'
import { type Pace, Throttle } from './throttle.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** One person at one desk. */
const OF_BOTH: Pace = { free: 5, firstMs: 1000, mostMs: 5 * MINUTE, forgetMs: HOUR }
/** Everybody behind one address, which may be an office, or all there are behind a proxy. */
const OF_ADDRESS: Pace = { free: 30, firstMs: 1000, mostMs: 5 * MINUTE, forgetMs: HOUR }
/** One account, tried from many addresses. */
const OF_ACCOUNT: Pace = { free: 20, firstMs: 1000, mostMs: MINUTE, forgetMs: HOUR }
/** How many places are remembered from which somebody has signed in. */
const KNOWN_MOST = 10_000

export interface Attempt {
  /** An e-mail address, or what else is being guessed. */
  readonly account: string
  /** The address that it comes from. */
  readonly from: string
}

export class SignInPace {
  readonly #both = new Throttle(OF_BOTH)
  readonly #address = new Throttle(OF_ADDRESS)
  readonly #account = new Throttle(OF_ACCOUNT)
  /** Where accounts have signed in from: an attack from elsewhere does not slow their owners. */
  readonly #known = new Set<string>()

  /** @returns 0 when the attempt may be made, and is counted; else how long to wait, and nothing is counted */
  begin(attempt: Attempt, nowMs: number): number {
    const { both, account, address } = keysOf(attempt)
    const waits = [this.#both.waitMs(both, nowMs)]
    if (!this.#known.has(both)) waits.push(this.#address.waitMs(address, nowMs), this.#account.waitMs(account, nowMs))
    const waitMs = Math.max(...waits)
    if (waitMs > 0) return waitMs
    this.#both.begin(both, nowMs)
    this.#address.begin(address, nowMs)
    this.#account.begin(account, nowMs)
    return 0
  }

  /** An attempt that was begun has proved who it is. Others' failures from the same address, or at the same account, stay. */
  succeeded(attempt: Attempt): void {
    const { both, account, address } = keysOf(attempt)
    this.#both.forget(both)
    this.#address.takeBack(address)
    this.#account.takeBack(account)
    this.#known.delete(both)
    this.#known.add(both)
    if (this.#known.size <= KNOWN_MOST) return
    const oldest = this.#known.values().next()
    if (oldest.done !== true) this.#known.delete(oldest.value)
  }

  /** An attempt that was begun and came to nothing through no fault of whoever made it. */
  calledOff(attempt: Attempt): void {
    const { both, account, address } = keysOf(attempt)
    this.#both.takeBack(both)
    this.#address.takeBack(address)
    this.#account.takeBack(account)
  }
}

function keysOf({ account, from }: Attempt): { both: string; account: string; address: string } {
  const address = network(from)
  return { both: `${account} ${address}`, account, address }
}

/** A whole IPv6 network of 64 bits belongs to one customer; an IPv4 address in IPv6 notation is itself. */
export function network(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return address
  const [head = '', tail] = bare.toLowerCase().split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? first : [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
