/** What whoever listens in hears: both sides out of the jitter buffer, the caller a little to the left and the agent to the right. */
import { LINE_HZ } from '../phone/frame-filler.ts'
import { decodeMulaw, levelOf } from '../phone/mulaw.ts'
import { RateChanger } from '../phone/rate.ts'
import { SampleQueue } from '../phone/sample-queue.ts'
import { JitterBuffer } from './jitter.ts'
import type { ListenFrame } from './listen-frame.ts'

export type ToEar = ListenFrame

/** How loud each side is, 0 to 1; told every 20 ms. */
export interface FromEar {
  readonly caller: number
  readonly agent: number
}

const SILENCE = new Float32Array(160)
/** Of each side in the ear that it is further from: two voices are easier to tell apart when they do not come from one place. */
const FAR = 0.45

export class Ear {
  readonly #buffer = new JitterBuffer()
  readonly #tell: (levels: FromEar) => void
  readonly #rates: { readonly caller: RateChanger; readonly agent: RateChanger }
  readonly #ready = { caller: new SampleQueue(), agent: new SampleQueue() }
  #caller = new Float32Array(128)
  #agent = new Float32Array(128)

  constructor(cardHz: number, tell: (levels: FromEar) => void) {
    this.#tell = tell
    this.#rates = { caller: new RateChanger(LINE_HZ, cardHz), agent: new RateChanger(LINE_HZ, cardHz) }
  }

  take({ atMs, caller, agent }: ToEar): void {
    this.#buffer.put(atMs, decoded(caller), decoded(agent))
  }

  /** As much time passes as both are long. */
  pass(left: Float32Array, right: Float32Array): void {
    while (this.#ready.caller.length < left.length) this.#next()
    if (this.#caller.length !== left.length) {
      this.#caller = new Float32Array(left.length)
      this.#agent = new Float32Array(left.length)
    }
    this.#ready.caller.take(this.#caller)
    this.#ready.agent.take(this.#agent)
    for (let at = 0; at < left.length; at++) {
      left[at] = this.#caller[at]! + FAR * this.#agent[at]!
      right[at] = this.#agent[at]! + FAR * this.#caller[at]!
    }
  }

  #next(): void {
    const frame = this.#buffer.take()
    const caller = frame?.caller ?? SILENCE
    const agent = frame?.agent ?? SILENCE
    this.#ready.caller.push(this.#rates.caller.push(caller))
    this.#ready.agent.push(this.#rates.agent.push(agent))
    this.#tell({ caller: levelOf(caller), agent: levelOf(agent) })
  }
}

function decoded(bytes: Uint8Array): Float32Array {
  const samples = new Float32Array(bytes.length)
  decodeMulaw(bytes, samples)
  return samples
}
