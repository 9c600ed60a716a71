/** The media side of a call: one mouth and one ear, and the streams that carry them, one after another. */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Appointment } from './agenda.ts'
import type { CallClock } from './call-clock.ts'
import { CallerVoice, FRAME_MS, SILENT_FRAME } from './caller-voice.ts'
import { Ear } from './ear.ts'
import { CallOver, type TwinEvent } from './events.ts'
import type { FaultPlan } from './faults.ts'
import type { Segment } from './playout.ts'
import { agentTrack, callerTrack } from './recording.ts'
import { isClean, MediaStream } from './stream.ts'
import type { StreamNoun } from './twiml.ts'
import { stereoWav } from './wav.ts'

export interface LineSetup {
  readonly accountSid: string
  readonly callSid: string
  readonly clock: CallClock
  readonly faults: FaultPlan
  readonly record: boolean
  readonly connectTo: string | null
  /** Caller audio where the caller says nothing else. @param chunk from 1 on. @returns 20 ms of µ-law in base64 */
  readonly frames: ((chunk: number) => string) | null
  readonly onAudio: ((audio: Buffer, atMs: number) => void) | null
}

export interface LineListener {
  emit(event: TwinEvent): void
  notice(level: 'error' | 'warning', code: number, detail: string): void
  /** The signature of a stream's upgrade, as faults leave it. */
  upgradeSignature(url: string): string | null
  /** A fault asks for a second stream. */
  secondStream(token: 'same' | 'new' | 'wrong'): void
}

/** What an opened stream came to. */
export interface StreamOutcome {
  readonly stream: MediaStream
  /** Null when it was closed in good order. */
  readonly failure: string | null
}

/** A digit that is held for less is not recognised as one. */
const DIGIT_MS = 100

export class Line {
  readonly streams: MediaStream[] = []
  readonly clears: { readonly atMs: number; readonly droppedMs: number }[] = []
  readonly voice: CallerVoice
  readonly ear: Ear
  /** Fulfilled when the first stream has started. */
  readonly streaming: Promise<void>

  readonly #setup: LineSetup
  readonly #listener: LineListener
  readonly #clock: CallClock
  readonly #frame = new Appointment(() => this.#speakFrame())
  /** Streams that the caller has heard or hears. */
  readonly #heard: MediaStream[] = []
  readonly #started = new Set<MediaStream>()
  #startedStreaming = () => {}
  #neverStreams = (_: Error) => {}
  #current: MediaStream | null = null
  #firstFrameMs = 0
  #frames = 0
  #endMs: number | null = null

  constructor(setup: LineSetup, listener: LineListener) {
    this.#setup = setup
    this.#listener = listener
    this.#clock = setup.clock
    this.streaming = new Promise((resolve, reject) => {
      this.#startedStreaming = resolve
      this.#neverStreams = reject
    })
    // Whoever does not ask for it is not to be bothered with it.
    this.streaming.catch(() => {})
    this.voice = new CallerVoice({
      started: (text, atMs) => listener.emit({ type: 'caller-speech-started', text, atMs }),
      ended: (text, atMs) => listener.emit({ type: 'caller-speech-ended', text, atMs }),
    })
    this.ear = new Ear(this.#clock, {
      started: (atMs) => listener.emit({ type: 'agent-audio-started', atMs }),
      ended: (endMs, heardMs, cut) =>
        listener.emit({ type: 'agent-audio-ended', endMs, heardMs, cut, atMs: this.#clock.nowMs() }),
    })
  }

  get playedMs(): number {
    const nowMs = this.#endMs ?? this.#clock.nowMs()
    return this.#heard.reduce((sum, stream) => sum + stream.playout.playedMs(nowMs), 0)
  }

  get segments(): Segment[] {
    const nowMs = this.#endMs ?? this.#clock.nowMs()
    return this.#heard.flatMap((stream) => stream.playout.segments(nowMs))
  }

  /** Opens a stream and stays with it until it is over, or with a second one that outlives it. */
  async connect(noun: StreamNoun, onOpened: (stream: MediaStream) => void): Promise<StreamOutcome> {
    const first = this.openStream(noun)
    this.#current = first
    const refused = await first.opened
    if (refused) {
      const { httpStatus } = refused
      return { stream: first, failure: httpStatus === null ? 'no connection' : `handshake answered with ${httpStatus}` }
    }
    onOpened(first)
    let stream = first
    let { code } = await stream.closed
    for (let heir = this.#heir(); heir !== undefined && this.#endMs === null; heir = this.#heir()) {
      this.#hear(heir)
      stream = heir
      code = (await heir.closed).code
    }
    this.#current = null
    return { stream, failure: isClean(code) ? null : `closed with ${code}` }
  }

  /** Opens one stream more; frames go to all open ones, and the caller hears the one they came with. */
  openStream(noun: StreamNoun): MediaStream {
    const { accountSid, callSid, clock, faults, record, connectTo } = this.#setup
    const stream = new MediaStream(
      {
        streamSid: `MZ${randomBytes(16).toString('hex')}`,
        url: noun.url,
        connectUrl: connectTo === null ? noun.url : reroute(noun.url, connectTo),
        signature: this.#listener.upgradeSignature(noun.url),
        start: {
          accountSid,
          callSid,
          customParameters: noun.parameters,
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        },
        record,
        faults,
        clock,
      },
      {
        started: (started) => this.#start(started),
        audio: (from, audio, nowMs) => {
          this.#setup.onAudio?.(audio, nowMs)
          if (from === this.#current) this.ear.audioArrived(nowMs)
        },
        cleared: (from, droppedMs, atMs) => {
          this.clears.push({ atMs, droppedMs })
          this.#listener.emit({ type: 'cleared', droppedMs, atMs })
          if (from === this.#current) this.ear.cut(atMs)
        },
        markEchoed: (name) => this.#listener.emit({ type: 'mark-echoed', name, atMs: clock.nowMs() }),
        notice: (level, code, detail) => this.#listener.notice(level, code, detail),
        secondStream: (token) => this.#listener.secondStream(token),
      },
    )
    this.streams.push(stream)
    const { streamSid } = stream
    stream.closed.then(({ by, code, atMs }) => {
      if (stream === this.#current && this.#endMs === null) this.ear.cut(atMs)
      this.#listener.emit({ type: 'stream-closed', streamSid, by, code, atMs })
    })
    return stream
  }

  /** @throws Error when a digit is none, or no stream is open */
  async sendDtmf(digits: string): Promise<void> {
    if (!/^[0-9A-D*#]+$/.test(digits)) throw new Error(`${digits} are not DTMF digits`)
    for (const digit of digits) {
      if (!this.#current?.isOpen) throw new CallOver('no stream is open for digits')
      this.#current.sendDtmf(digit)
      this.#listener.emit({ type: 'dtmf', digit, atMs: this.#clock.nowMs() })
      await new Promise<void>((resolve) => {
        this.#clock.at(new Appointment(() => resolve()), this.#clock.nowMs() + DIGIT_MS)
      })
    }
  }

  /**
   * Nothing is said or heard any longer; streams get their `stop` and are closed.
   * @returns when, the first time; fulfilled when the streams are closed
   */
  async end(): Promise<number> {
    const endMs = this.#endMs ?? this.#clock.nowMs()
    if (this.#endMs === null) {
      this.#endMs = endMs
      this.#clock.cancel(this.#frame)
      this.voice.end()
      this.#neverStreams(new CallOver('no stream has started'))
      this.ear.end(endMs)
    }
    await Promise.all(this.streams.map((stream) => stream.stop()))
    return endMs
  }

  /**
   * Writes what was on the line: channel 1 what the caller said, channel 2 what of the agent was really heard, from call
   * time 0, 8 kHz.
   * @throws Error when the call is not recorded
   */
  async writeWav(path: string, encoding: 'pcm16' | 'mulaw'): Promise<void> {
    if (!this.#setup.record) throw new Error('the call is not recorded')
    const lengthMs = this.#endMs ?? this.#clock.nowMs()
    const heard = this.#heard.flatMap(({ playout, audio }) =>
      playout.segments(lengthMs).map((segment, i) => ({ segment, audio: audio[i]! })),
    )
    await writeFile(path, stereoWav(callerTrack(this.voice.said, lengthMs), agentTrack(heard, lengthMs), encoding))
  }

  #start(stream: MediaStream): void {
    const nowMs = this.#clock.nowMs()
    this.#started.add(stream)
    if (stream === this.#current) this.#hear(stream)
    this.#listener.emit({ type: 'stream-started', streamSid: stream.streamSid, atMs: nowMs })
    if (this.#frames > 0 || this.#frame.place >= 0) return
    // A frame is sent when its 20 ms have been spoken. From here on frames come until the call is over, stream or no stream.
    this.#firstFrameMs = nowMs
    this.#clock.at(this.#frame, nowMs + FRAME_MS)
    this.#startedStreaming()
  }

  #speakFrame(): void {
    // Counted from the first frame, so that no rounding adds up.
    const startMs = this.#firstFrameMs + this.#frames++ * FRAME_MS
    this.#clock.at(this.#frame, startMs + 2 * FRAME_MS)
    const payload = this.voice.next(startMs) ?? this.#setup.frames?.(this.#frames) ?? SILENT_FRAME
    for (const stream of this.streams) stream.sendFrame(payload)
  }

  #hear(stream: MediaStream): void {
    this.#current = stream
    this.#heard.push(stream)
    this.ear.attend(stream.playout, this.#clock.nowMs())
  }

  #heir(): MediaStream | undefined {
    return this.streams.find((stream) => stream.isOpen && this.#started.has(stream))
  }
}

function reroute(url: string, connectTo: string): string {
  const path = /^wss?:\/\/[^/]*(.*)$/i.exec(url)?.[1] ?? ''
  return connectTo.replace(/^http/i, 'ws').replace(/\/$/, '') + path
}
