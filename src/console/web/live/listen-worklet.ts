/** Listening in, on the audio thread. A file of its own, as the Content-Security-Policy wants it. */
import { Ear, type ToEar } from './ear.ts'

class EarProcessor extends AudioWorkletProcessor {
  readonly #ear = new Ear(sampleRate, (levels) => this.port.postMessage(levels))

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<ToEar>) => this.#ear.take(data)
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [left, right] = outputs[0] ?? []
    if (left !== undefined && right !== undefined) this.#ear.pass(left, right)
    return true
  }
}

registerProcessor('earshot-ear', EarProcessor)
