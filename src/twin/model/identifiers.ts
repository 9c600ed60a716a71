/** Identifiers of the API's look, drawn from a seed: the same seed and the same events give the same identifiers. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export class Identifiers {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** `item_` and 21 letters and digits. */
  next(prefix: 'sess' | 'conv' | 'event' | 'item' | 'resp' | 'call'): string {
    let id = `${prefix}_`
    for (let i = 0; i < 21; i++) id += ALPHABET[this.#random() % ALPHABET.length]
    return id
  }

  /** Mulberry32, by Tommy Ettinger, in the public domain: 32 bits of state, and good enough for names. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
