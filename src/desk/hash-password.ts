/**
 * Passwords as they are kept: scrypt, 128 MB and a third of a second each, so that a stolen table is hard to guess from.
 * The same cost makes guessing at the door expensive for us: at most two at a time, off the thread that carries audio.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { DeskError } from './faults.ts'
import { normalisePassword } from './password.ts'

export interface HashCost {
  /** N = 2^log2N: memory and time. */
  readonly log2N: number
  readonly r: number
  readonly p: number
}

const COST: HashCost = { log2N: 17, r: 8, p: 1 }
const SALT_BYTES = 16
const KEY_BYTES = 32
const AT_ONCE = 2
/** Whoever comes after so many is told to come back: ten seconds is what a person waits. */
const WAITING_MOST = 30
/** The string says its own cost, so that a later version can raise it. (PHC string format) */
const KEPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{16,64})\$([\w+/]{16,128})$/

export class PasswordHasher {
  readonly #cost: HashCost
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(cost: HashCost = COST) {
    this.#cost = cost
  }

  /** @throws DeskError BUSY */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const key = await this.#derive(password, salt, KEY_BYTES, this.#cost)
    const { log2N, r, p } = this.#cost
    return `$scrypt$ln=${log2N},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`
  }

  /**
   * @param kept null for a user who does not exist or has no password: it takes as long, and is false
   * @throws DeskError BUSY
   */
  async verify(password: string, kept: string | null): Promise<boolean> {
    const known = kept === null ? null : readKept(kept)
    const { cost, salt, key } = known ?? {
      cost: this.#cost,
      salt: Buffer.alloc(SALT_BYTES),
      key: Buffer.alloc(KEY_BYTES),
    }
    const found = await this.#derive(password, salt, key.length, cost)
    return timingSafeEqual(found, key) && known !== null
  }

  async #derive(password: string, salt: Buffer, bytes: number, cost: HashCost): Promise<Buffer> {
    await this.#turn()
    try {
      return await derive(normalisePassword(password), salt, bytes, cost)
    } finally {
      const next = this.#waiting.shift()
      // The turn is handed on; nobody can come in between.
      if (next === undefined) this.#running--
      else next()
    }
  }

  #turn(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running++
      return Promise.resolve()
    }
    if (this.#waiting.length >= WAITING_MOST) return Promise.reject(new DeskError('BUSY', { retryAfterMs: 5000 }))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

function derive(password: string, salt: Buffer, bytes: number, { log2N, r, p }: HashCost): Promise<Buffer> {
  const options = { N: 2 ** log2N, r, p, maxmem: 256 * 2 ** log2N * r }
  return new Promise((resolve, reject) =>
    scrypt(password, salt, bytes, options, (error, key) => (error === null ? resolve(key) : reject(error))),
  )
}

function readKept(kept: string): { cost: HashCost; salt: Buffer; key: Buffer } | null {
  const [, log2N, r, p, salt, key] = KEPT.exec(kept) ?? []
  if (salt === undefined || key === undefined) return null
  return {
    cost: { log2N: Number(log2N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
