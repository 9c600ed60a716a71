/** Who speaks when, heard in the audio itself: WebRTC's voice detector, then the rules of turn detection on top (fact sheet, section 6). */
import loadFvad from '@echogarden/fvad-wasm'

export const VAD_RATE_HZ = 8000
const FRAME_SAMPLES = 160
const VAD_FRAME_MS = 20
/** Speech has begun when three of the last five frames are voiced: a click is shorter, a word is longer. */
const WINDOW_FRAMES = 5
const VOICED_TO_START = 3

const fvad = await loadFvad()

export interface TurnRules {
  /** 0 to 1: how sure the detector must be, and how loud the voice. */
  readonly threshold: number
  readonly prefixPaddingMs: number
  readonly silenceMs: number
}

export interface TurnListener {
  /** @param startMs where the turn's audio begins, prefix padding included  @param nowMs where it was noticed */
  speechStarted(startMs: number, nowMs: number): void
  /** @param endMs where the turn's audio ends, which is where the silence was long enough */
  speechStopped(endMs: number): void
  /** After every 20 ms of audio. */
  heard(nowMs: number): void
}

/**
 * Finds turns in a stream. Its only clock is the audio it is given, so the same audio has the same turns however fast
 * or unevenly it comes.
 */
export class TurnDetector {
  readonly #listener: TurnListener
  readonly #handle: number
  readonly #heap: number
  readonly #frame = new Int16Array(FRAME_SAMPLES)
  #rules: TurnRules
  #filled = 0
  #frames = 0
  /** The newest frames, voiced or not, newest last. */
  #window: boolean[] = []
  #speaking = false
  #silentFrames = 0
  /** A turn's padding never reaches back into what was committed before. */
  #floorMs = 0

  constructor(rules: TurnRules, listener: TurnListener, startMs = 0) {
    this.#rules = rules
    this.#listener = listener
    this.#frames = startMs / VAD_FRAME_MS
    this.#floorMs = startMs
    this.#handle = fvad._fvad_new()
    this.#heap = fvad._malloc(FRAME_SAMPLES * 2)
    fvad._fvad_set_sample_rate(this.#handle, VAD_RATE_HZ)
    this.rules = rules
  }

  set rules(rules: TurnRules) {
    this.#rules = rules
    // fvad's modes 0 (eager to hear speech) to 3 (hard to convince); the default threshold of 0.5 is mode 2.
    fvad._fvad_set_mode(this.#handle, Math.min(3, Math.floor(rules.threshold * 4)))
  }

  get speaking(): boolean {
    return this.#speaking
  }

  /** @param samples 8 kHz PCM16, any number */
  push(samples: Int16Array): void {
    for (let taken = 0; taken < samples.length; ) {
      const now = Math.min(FRAME_SAMPLES - this.#filled, samples.length - taken)
      this.#frame.set(samples.subarray(taken, taken + now), this.#filled)
      this.#filled += now
      taken += now
      if (this.#filled < FRAME_SAMPLES) return
      this.#filled = 0
      this.#frames++
      this.#judge(this.#voiced())
    }
  }

  /** The client took or threw away the audio so far: whoever is speaking starts a new turn. */
  restart(): void {
    this.#speaking = false
    this.#window = []
    this.#floorMs = this.#frames * VAD_FRAME_MS
  }

  close(): void {
    fvad._free(this.#heap)
    fvad._fvad_free(this.#handle)
  }

  #judge(voiced: boolean): void {
    const nowMs = this.#frames * VAD_FRAME_MS
    this.#window = [...this.#window.slice(1 - WINDOW_FRAMES), voiced]
    if (this.#speaking) this.#awaitSilence(voiced, nowMs)
    else this.#awaitSpeech(nowMs)
    this.#listener.heard(nowMs)
  }

  #awaitSpeech(nowMs: number): void {
    if (this.#window.filter(Boolean).length < VOICED_TO_START) return
    this.#speaking = true
    this.#silentFrames = 0
    const firstVoicedMs = nowMs - (this.#window.length - this.#window.indexOf(true)) * VAD_FRAME_MS
    this.#listener.speechStarted(Math.max(this.#floorMs, firstVoicedMs - this.#rules.prefixPaddingMs), nowMs)
  }

  #awaitSilence(voiced: boolean, nowMs: number): void {
    this.#silentFrames = voiced ? 0 : this.#silentFrames + 1
    if (this.#silentFrames === 0 || this.#silentFrames * VAD_FRAME_MS < this.#rules.silenceMs) return
    this.#speaking = false
    this.#window = []
    this.#floorMs = nowMs
    this.#listener.speechStopped(nowMs)
  }

  #voiced(): boolean {
    // The heap moves when the module's memory grows, so its view is looked up for every frame.
    fvad.HEAP16.set(this.#frame, this.#heap >> 1)
    return fvad._fvad_process(this.#handle, this.#heap, FRAME_SAMPLES) === 1 && this.#loudEnough()
  }

  /** −45 dB of full scale at the default threshold, −25 dB at the highest: a call's own hiss is no voice. */
  #loudEnough(): boolean {
    let energy = 0
    for (const sample of this.#frame) energy += sample * sample
    const decibels = 10 * Math.log10(energy / FRAME_SAMPLES / 32_768 ** 2 + 1e-12)
    return decibels >= -65 + 40 * this.#rules.threshold
  }
}
