/**
 * The caller's voice on its way to the model: leg frame → decode → resample → session. Frames that come before a session
 * serves the call are held and go out first, so that no word is lost while the model is dialled.
 */
import { type AudioFormat, bytesPerMs, bytesToMs, sameFormat, silenceByte } from '../audio/format.ts'
import { createTranscoder, type Transcoder } from '../audio/transcode.ts'
import { createVoiceActivity, type VoiceActivity } from '../audio/voice-activity.ts'
import type { Session } from '../providers/provider.ts'

/** Twice the longest a session may take to open; audio older than this is of no use to anybody. */
const HELD_MOST_MS = 24_000
/** How often the core is told that audio keeps coming. */
const TELL_EVERY_MS = 1_000
/** A voice that pauses for less goes on. */
const PAUSE_MOST_MS = 300

interface HeldFrame {
  readonly audio: Uint8Array
  readonly base64: string | null
}

export class CallerToAgent {
  readonly #legFormat: AudioFormat
  readonly #transcoder: Transcoder
  readonly #passThrough: boolean
  readonly #voice: VoiceActivity
  /** Told about once a second, with all caller audio so far. */
  readonly #onAudio: (receivedMs: number) => void
  #session: Session | null = null
  #held: HeldFrame[] = []
  #heldMs = 0
  /** Call time at which the first audio appended to the present session began; null until there is some. */
  #originMs: number | null = null
  #receivedMs = 0
  #toldMs = 0
  /** When the voice that is heard now, or was last, began. */
  #voicedSinceMs = Number.NEGATIVE_INFINITY

  constructor(legFormat: AudioFormat, sessionFormat: AudioFormat, onAudio: (receivedMs: number) => void) {
    this.#legFormat = legFormat
    this.#transcoder = createTranscoder(legFormat, sessionFormat)
    this.#passThrough = sameFormat(legFormat, sessionFormat)
    this.#voice = createVoiceActivity(legFormat)
    this.#onAudio = onAudio
  }

  /** @param audio in the leg's format; copied when it must be kept  @param nowMs call time */
  frame(audio: Uint8Array, base64: string | null, nowMs: number): void {
    const ms = bytesToMs(this.#legFormat, audio.length)
    this.#receivedMs += ms
    const voicedBeforeMs = this.#voice.lastVoicedMs
    this.#voice.frame(audio, nowMs)
    if (this.#voice.lastVoicedMs > voicedBeforeMs + PAUSE_MOST_MS) this.#voicedSinceMs = nowMs - ms
    if (this.#session === null) this.#hold(audio, base64, ms, nowMs)
    else {
      this.#originMs ??= nowMs - ms
      this.#send(this.#session, audio, base64)
    }
    if (this.#receivedMs - this.#toldMs >= TELL_EVERY_MS) {
      this.#toldMs = this.#receivedMs
      this.#onAudio(this.#receivedMs)
    }
  }

  /** From now on audio goes to this session, what was held first. */
  use(session: Session): void {
    const held = this.#held
    this.#session = session
    this.#held = []
    this.#heldMs = 0
    if (held.length === 0) this.#originMs = null
    this.#transcoder.reset()
    for (const frame of held) this.#send(session, frame.audio, frame.base64)
  }

  /** The session is gone: audio is held for the next one. */
  hold(): void {
    this.#session = null
    this.#originMs = null
  }

  /** Silence in the place of audio that stalled; it belongs to the session's time line, not to what was received. */
  fillSilence(ms: number): void {
    if (this.#session === null) return
    const bytes = new Uint8Array(ms * bytesPerMs(this.#legFormat)).fill(silenceByte(this.#legFormat.encoding))
    this.#send(this.#session, bytes, null)
  }

  /** Call time of an offset in the audio appended to the present session. */
  #callTime(sessionAudioMs: number, nowMs: number): number {
    if (this.#originMs === null) return nowMs
    return Math.min(nowMs, Math.max(0, this.#originMs + sessionAudioMs))
  }

  /**
   * When the caller began to speak: the provider's word counts in the padding that it puts before a turn, so the first
   * voiced frame since then is nearer the truth.
   */
  speechStart(sessionAudioMs: number, nowMs: number): number {
    return Math.max(this.#callTime(sessionAudioMs, nowMs), Math.min(nowMs, this.#voicedSinceMs))
  }

  /**
   * When the caller stopped speaking: the provider's word counts in the silence it waited for, so the last voiced frame
   * before it is nearer the truth.
   */
  speechEnd(sessionAudioMs: number, nowMs: number): number {
    return Math.max(0, Math.min(this.#callTime(sessionAudioMs, nowMs), this.#voice.lastVoicedMs))
  }

  #hold(audio: Uint8Array, base64: string | null, ms: number, nowMs: number): void {
    if (this.#held.length === 0) this.#originMs = nowMs - ms
    // A copy, which `slice` of a Buffer is not.
    this.#held.push({ audio: new Uint8Array(audio), base64 })
    this.#heldMs += ms
    while (this.#heldMs > HELD_MOST_MS) {
      const oldest = bytesToMs(this.#legFormat, this.#held.shift()?.audio.length ?? 0)
      this.#heldMs -= oldest
      if (this.#originMs !== null) this.#originMs += oldest
    }
  }

  #send(session: Session, audio: Uint8Array, base64: string | null): void {
    if (this.#passThrough) session.sendAudio(audio, base64)
    else session.sendAudio(this.#transcoder.transcode(audio), null)
  }
}
