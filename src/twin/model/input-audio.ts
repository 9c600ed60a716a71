/** The input audio buffer: what the caller sent, as bytes and as audio time, and the turns found in it (fact sheet, sections 4 and 6). */
import { type AudioFormat, bytesPerMs, bytesToMs } from '../../audio/format.ts'
import { decodeAlaw, decodeMulaw } from '../../audio/g711.ts'
import { createResampler, type Resampler } from '../../audio/resample.ts'
import { ProtocolError } from './protocol-error.ts'
import type { TurnDetection } from './shapes.ts'
import { TurnDetector, type TurnListener, type TurnRules, VAD_RATE_HZ } from './vad.ts'

const MAX_APPEND_BYTES = 15 * 1024 * 1024
/** Less than this cannot be committed. */
const MIN_COMMIT_MS = 100

/** How long a pause ends a turn when the model would judge it by its meaning; its real limits are 2, 4 and 8 s. */
const EAGER_SILENCE_MS = { high: 300, medium: 500, auto: 500, low: 800 } as const

export class InputAudio {
  readonly #listener: TurnListener
  #format: AudioFormat
  #resampler: Resampler
  #pcm = new Int16Array(0)
  #detector: TurnDetector | null = null
  #detection: TurnDetection | null = null
  /** Kept audio, oldest first, and where in the session it begins. */
  #kept: Buffer[] = []
  #keptFrom = 0
  #bytes = 0
  /** Where the turn under way begins. */
  #turnStartMs: number | null = null

  constructor(format: AudioFormat, detection: TurnDetection | null, listener: TurnListener) {
    this.#listener = {
      speechStarted: (startMs, nowMs) => {
        this.#turnStartMs = startMs
        listener.speechStarted(startMs, nowMs)
      },
      speechStopped: (endMs) => listener.speechStopped(endMs),
      heard: (nowMs) => listener.heard(nowMs),
    }
    this.#format = format
    this.#resampler = createResampler(format.sampleRateHz, VAD_RATE_HZ)
    this.configure(format, detection)
  }

  get format(): AudioFormat {
    return this.#format
  }

  /** All audio appended since the session began. */
  get appendedBytes(): number {
    return this.#bytes
  }

  get appendedMs(): number {
    return bytesToMs(this.#format, this.#bytes)
  }

  get speaking(): boolean {
    return this.#detector?.speaking ?? false
  }

  /** New settings take effect with the next audio. The format can change only before the first (session-settings.ts). */
  configure(format: AudioFormat, detection: TurnDetection | null): void {
    if (format !== this.#format) {
      this.#format = format
      this.#resampler = createResampler(format.sampleRateHz, VAD_RATE_HZ)
    }
    this.#detection = detection
    if (!detection) {
      this.close()
    } else if (this.#detector) {
      this.#detector.rules = rulesOf(detection)
    } else {
      this.#detector = new TurnDetector(rulesOf(detection), this.#listener, this.appendedMs)
    }
  }

  /**
   * @param base64 audio in the session's input format
   * @throws ProtocolError when it is not base64, not whole samples, or more than 15 MiB
   */
  append(base64: string): void {
    const bytes = Buffer.from(base64, 'base64')
    // Buffer passes over what is no base64; only what it would write itself is read strictly.
    if (bytes.toString('base64') !== base64 || bytes.length % bytesPerSample(this.#format) !== 0) {
      throw new ProtocolError(
        'invalid_value',
        `Invalid 'audio'. Expected base64-encoded audio bytes (mono ${nameOf(this.#format)}) but got an invalid value.`,
        'audio',
      )
    }
    if (bytes.length > MAX_APPEND_BYTES) {
      throw new ProtocolError(
        'string_above_max_length',
        `Invalid 'audio': string too long. Expected at most 15 MiB of audio, but got ${bytes.length} bytes instead.`,
        'audio',
      )
    }
    this.#kept.push(bytes)
    this.#bytes += bytes.length
    this.#detector?.push(this.#resampler.resample(this.#decode(bytes)))
    this.#forget()
  }

  /** The client takes all there is. @throws ProtocolError when that is less than 100 ms */
  commit(): Buffer {
    const fromMs = bytesToMs(this.#format, this.#keptFrom)
    const ms = this.appendedMs - fromMs
    if (ms < MIN_COMMIT_MS) {
      throw new ProtocolError(
        'input_audio_buffer_commit_empty',
        `Error committing input audio buffer: buffer too small. Expected at least ${MIN_COMMIT_MS}ms of audio, but buffer only has ${ms.toFixed(2)}ms of audio.`,
      )
    }
    const bytes = this.#slice(fromMs, this.appendedMs)
    this.clear()
    return bytes
  }

  /** Takes the turn that the detector found to end at `endMs`. */
  commitTurn(endMs: number): Buffer {
    const bytes = this.#slice(this.#turnStartMs ?? endMs, endMs)
    this.#dropBefore(endMs)
    this.#turnStartMs = null
    return bytes
  }

  /** Takes the silence since `startMs`, as far as it is still kept, when the caller said nothing for too long. */
  commitSilence(startMs: number, endMs: number): Buffer {
    const bytes = this.#slice(startMs, endMs)
    this.#dropBefore(endMs)
    return bytes
  }

  clear(): void {
    this.#dropBefore(this.appendedMs)
    this.#turnStartMs = null
    this.#detector?.restart()
  }

  close(): void {
    this.#detector?.close()
    this.#detector = null
    this.#turnStartMs = null
  }

  #decode(bytes: Buffer): Int16Array {
    const samples = bytes.length / bytesPerSample(this.#format)
    if (this.#pcm.length < samples) this.#pcm = new Int16Array(samples)
    const pcm = this.#pcm.subarray(0, samples)
    if (this.#format.encoding === 'mulaw') decodeMulaw(bytes, pcm)
    else if (this.#format.encoding === 'alaw') decodeAlaw(bytes, pcm)
    else for (let i = 0; i < samples; i++) pcm[i] = bytes.readInt16LE(2 * i)
    return pcm
  }

  /** Nobody needs old silence: between turns only the padding of the next turn and the idle time are kept. */
  #forget(): void {
    if (!this.#detection || this.speaking) return
    const { prefixPaddingMs } = rulesOf(this.#detection)
    const idleMs = this.#detection.type === 'server_vad' ? (this.#detection.idle_timeout_ms ?? 0) : 0
    // One second more than the padding, since a turn is noticed some frames after it began.
    this.#dropBefore(this.appendedMs - Math.max(prefixPaddingMs, idleMs) - 1000)
  }

  #slice(fromMs: number, toMs: number): Buffer {
    const perMs = bytesPerMs(this.#format)
    const kept = Buffer.concat(this.#kept)
    const start = Math.max(0, Math.round(fromMs) * perMs - this.#keptFrom)
    return Buffer.from(kept.subarray(start, Math.max(start, Math.round(toMs * perMs) - this.#keptFrom)))
  }

  #dropBefore(ms: number): void {
    const from = Math.round(ms * bytesPerMs(this.#format))
    while (this.#kept[0] && this.#keptFrom + this.#kept[0].length <= from) this.#keptFrom += this.#kept.shift()!.length
    const first = this.#kept[0]
    if (!first || from <= this.#keptFrom) return
    this.#kept[0] = first.subarray(from - this.#keptFrom)
    this.#keptFrom = from
  }
}

function rulesOf(detection: TurnDetection): TurnRules {
  if (detection.type === 'semantic_vad') {
    return { threshold: 0.5, prefixPaddingMs: 300, silenceMs: EAGER_SILENCE_MS[detection.eagerness] }
  }
  return {
    threshold: detection.threshold,
    prefixPaddingMs: detection.prefix_padding_ms,
    silenceMs: detection.silence_duration_ms,
  }
}

function bytesPerSample(format: AudioFormat): number {
  return format.encoding === 'pcm16' ? 2 : 1
}

function nameOf(format: AudioFormat): string {
  const names = { pcm16: 'PCM16 at 24kHz', mulaw: 'G.711 µ-law at 8kHz', alaw: 'G.711 A-law at 8kHz' }
  return names[format.encoding]
}
