/** One call of the test phone, from dialling to its end: the socket, the sound, and what the page shows of both. */
import type { PhoneMessage, PhoneSays } from '../../contract/live.ts'
import { call, wordsOf } from '../api/call.ts'
import { type Microphone, openSound, type Sound } from './sound.ts'

type Stage = 'dialling' | 'ringing' | 'talking' | 'coming-back' | 'over'

export interface LineState {
  readonly stage: Stage
  readonly agent: string
  readonly callId: string | null
  /** ms since 1970; null until it was answered. */
  readonly answeredAt: number | null
  readonly endedAt: number | null
  /** Null until it is known whether there is one. */
  readonly microphone: Microphone | null
  readonly muted: boolean
  /** Keys pressed so far. */
  readonly digits: string
  /** Why it ended, and what the carrier would say to the caller. */
  readonly ended: { readonly why: string; readonly say: string | null; readonly trouble: boolean } | null
}

/** The server waits 10 s for a socket that broke. */
const COME_BACK_MS = 9000
const TRY_EVERY_MS = 700

export class PhoneLine {
  readonly #watchers = new Set<() => void>()
  readonly #meters = new Set<(said: number, heard: number) => void>()
  #state: LineState
  #sound: Sound | null = null
  #socket: WebSocket | null = null
  /** Where the call is found when its socket breaks. */
  #again: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(agent: string) {
    this.#state = {
      stage: 'dialling',
      agent,
      callId: null,
      answeredAt: null,
      endedAt: null,
      microphone: null,
      muted: false,
      digits: '',
      ended: null,
    }
    void this.#dial(agent)
  }

  get state(): LineState {
    return this.#state
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Told fifty times a second how loud both sides are. */
  watchLevels(watcher: (said: number, heard: number) => void): () => void {
    this.#meters.add(watcher)
    return () => this.#meters.delete(watcher)
  }

  mute(muted: boolean): void {
    this.#sound?.take({ type: 'mute', muted })
    this.#change({ muted })
  }

  press(digit: string): void {
    if (this.#state.stage !== 'talking') return
    this.#say({ type: 'dtmf', digit })
    this.#sound?.beep(digit)
    this.#change({ digits: this.#state.digits + digit })
  }

  hangUp(): void {
    this.#say({ type: 'hang-up' })
    this.#over({ why: 'You hung up', say: null, trouble: false })
  }

  async #dial(agent: string): Promise<void> {
    try {
      // The microphone first: a caller who is answered while a dialog hides the page hears half a greeting.
      const sound = await openSound((message) => {
        if (message.type === 'mark') return this.#say(message)
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message.frame)
        for (const watcher of this.#meters) watcher(message.said, message.heard)
      })
      this.#sound = sound
      if (this.#state.stage === 'over') return void sound[Symbol.asyncDispose]()
      this.#change({ stage: 'ringing', microphone: sound.microphone })
      const { socket } = await call('placeTestCall', { body: { agent } })
      if (this.#state.stage === 'ringing') this.#open(socket)
    } catch (error) {
      this.#over({ why: wordsOf(error), say: null, trouble: true })
    }
  }

  #open(path: string): void {
    const url = new URL(path, window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return
      if (typeof data !== 'string') return this.#sound?.take({ type: 'play', frame: new Uint8Array(data) })
      // Of our own server, by the contract.
      this.#told(JSON.parse(data) as PhoneMessage)
    }
    socket.onclose = () => {
      if (socket === this.#socket) this.#broke()
    }
  }

  #told(message: PhoneMessage): void {
    switch (message.type) {
      case 'answered':
        clearTimeout(this.#timer)
        this.#again = 'again' in message && typeof message.again === 'string' ? message.again : null
        return this.#change({
          stage: 'talking',
          callId: message.callId,
          answeredAt: this.#state.answeredAt ?? Date.now(),
        })
      case 'mark':
      case 'clear':
        return this.#sound?.take(message)
      case 'ended':
        return this.#over({ why: message.why, say: message.say, trouble: this.#state.answeredAt === null })
    }
  }

  #broke(): void {
    if (this.#state.stage === 'over') return
    const again = this.#again
    if (again === null)
      return this.#over({
        why: this.#state.answeredAt === null ? 'The call was not answered' : 'The connection was lost',
        say: null,
        trouble: true,
      })
    if (this.#state.stage === 'talking') {
      this.#sound?.take({ type: 'clear' })
      this.#change({ stage: 'coming-back' })
      this.#timer = setTimeout(
        () => this.#over({ why: 'The connection was lost and did not come back', say: null, trouble: true }),
        COME_BACK_MS,
      )
    }
    setTimeout(() => {
      if (this.#state.stage === 'coming-back') this.#open(again)
    }, TRY_EVERY_MS)
  }

  #say(message: PhoneSays): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #over(ended: NonNullable<LineState['ended']>): void {
    if (this.#state.stage === 'over') return
    clearTimeout(this.#timer)
    this.#change({ stage: 'over', ended, endedAt: Date.now() })
    for (const watcher of this.#meters) watcher(0, 0)
    this.#socket?.close()
    void this.#sound?.[Symbol.asyncDispose]()
    this.#sound = null
  }

  /** The page is left: the call ends with it. */
  close(): void {
    if (this.#state.stage !== 'over') this.hangUp()
  }

  #change(change: Partial<LineState>): void {
    this.#state = { ...this.#state, ...change }
    for (const watcher of this.#watchers) watcher()
  }
}
