/** Where in a call the reader is: the time of the audio element when there is one, and a place to step about in when not. */
import { useSyncExternalStore } from 'react'
import { type Span, skipTo } from './lanes.ts'

export interface HeadState {
  readonly playing: boolean
  readonly speed: number
  readonly skipsSilence: boolean
  /** A sentence for people; null while the recording can be heard. */
  readonly trouble: string | null
}

export class Playhead {
  readonly #audio: HTMLAudioElement | null
  readonly #durationMs: number
  readonly #silences: readonly Span[]
  readonly #watchers = new Set<() => void>()
  readonly #listeners: AbortController = new AbortController()
  #state: HeadState = { playing: false, speed: 1, skipsSilence: false, trouble: null }
  #timeMs: number
  #frame = 0

  /**
   * @param url of the recording, whose time is call time; null: there is nothing to hear
   * @param silences that can be skipped
   */
  constructor(url: string | null, startMs: number, durationMs: number, silences: readonly Span[]) {
    this.#timeMs = Math.min(Math.max(0, startMs), durationMs)
    this.#durationMs = durationMs
    this.#silences = silences
    this.#audio = url === null ? null : this.#open(url)
  }

  #open(url: string): HTMLAudioElement {
    const audio = new Audio()
    const { signal } = this.#listeners
    audio.preload = 'metadata'
    audio.preservesPitch = true
    audio.src = url
    audio.addEventListener(
      'loadedmetadata',
      () => {
        audio.currentTime = this.#timeMs / 1000
      },
      { signal, once: true },
    )
    audio.addEventListener('play', () => this.#went(true), { signal })
    audio.addEventListener('pause', () => this.#went(false), { signal })
    audio.addEventListener('seeked', () => this.#look(), { signal })
    audio.addEventListener(
      'error',
      () =>
        this.#change({ playing: false, trouble: 'The recording could not be loaded. It may have been erased since.' }),
      { signal },
    )
    return audio
  }

  #went(playing: boolean): void {
    this.#change({ playing })
    cancelAnimationFrame(this.#frame)
    if (playing) this.#frame = requestAnimationFrame(() => this.#follow())
    else this.#look()
  }

  #follow(): void {
    this.#look()
    this.#frame = requestAnimationFrame(() => this.#follow())
  }

  #look(): void {
    if (this.#audio === null || this.#audio.readyState === 0) return
    const atMs = this.#audio.currentTime * 1000
    const on = this.#state.playing && this.#state.skipsSilence ? skipTo(this.#silences, atMs) : null
    if (on !== null) return this.seek(on)
    this.#timeMs = atMs
    this.#tell()
  }

  #change(change: Partial<HeadState>): void {
    this.#state = { ...this.#state, ...change }
    this.#tell()
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }

  get timeMs(): number {
    return this.#timeMs
  }

  get state(): HeadState {
    return this.#state
  }

  get audible(): boolean {
    return this.#audio !== null
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  seek(atMs: number): void {
    this.#timeMs = Math.min(Math.max(0, atMs), this.#durationMs)
    if (this.#audio !== null && this.#audio.readyState > 0) this.#audio.currentTime = this.#timeMs / 1000
    this.#tell()
  }

  /** Plays from a moment, or from where it is. */
  play(fromMs?: number): void {
    if (fromMs !== undefined) this.seek(fromMs)
    if (this.#audio === null) return
    // At the end, play means once more.
    else if (this.#timeMs >= this.#durationMs - 50) this.seek(0)
    this.#audio.play().catch((error: unknown) => {
      // A pause right after it is no trouble.
      if (error instanceof DOMException && error.name === 'AbortError') return
      this.#change({ playing: false, trouble: 'This browser would not play the recording.' })
    })
  }

  pause(): void {
    this.#audio?.pause()
  }

  toggle(): void {
    if (this.#state.playing) this.pause()
    else this.play()
  }

  setSpeed(speed: number): void {
    if (this.#audio !== null) {
      this.#audio.defaultPlaybackRate = speed
      this.#audio.playbackRate = speed
    }
    this.#change({ speed })
  }

  skipSilence(skipsSilence: boolean): void {
    this.#change({ skipsSilence })
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
    this.#listeners.abort()
    if (this.#audio === null) return
    this.#audio.pause()
    this.#audio.removeAttribute('src')
    this.#audio.load()
  }
}

/** Draws again only when what is picked changes, not sixty times a second. */
export function useHead<Picked>(head: Playhead, pick: (head: Playhead) => Picked): Picked {
  return useSyncExternalStore(head.subscribe, () => pick(head))
}
