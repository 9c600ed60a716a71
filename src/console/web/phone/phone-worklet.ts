/** The test phone on the audio thread. A file of its own, as the Content-Security-Policy wants it. */
import { type FromHandset, Handset, type ToHandset } from './handset.ts'

class PhoneProcessor extends AudioWorkletProcessor {
  readonly #handset = new Handset(sampleRate, (message) => this.#tell(message))
  #silence = new Float32Array(128)

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<ToHandset>) => this.#handset.take(data)
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0]
    if (output === undefined) return true
    if (this.#silence.length !== output.length) this.#silence = new Float32Array(output.length)
    // Without a microphone the line is silent, not dead.
    this.#handset.pass(inputs[0]?.[0] ?? this.#silence, output)
    return true
  }

  #tell(message: FromHandset): void {
    if (message.type === 'frame') this.port.postMessage(message, [message.frame.buffer])
    else this.port.postMessage(message)
  }
}

registerProcessor('earshot-phone', PhoneProcessor)
