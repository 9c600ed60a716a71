/** Speech for both twins: flite's voices, with no account, no network and no download. */
import { Worker } from 'node:worker_threads'
import { z } from 'zod'

/** flite's built-in voices: slt (female, US), rms (male, US), awb (male, Scottish) and kal16 at 16 kHz; kal at 8 kHz. */
export type Voice = 'slt' | 'rms' | 'awb' | 'kal' | 'kal16'

export interface Speech {
  readonly sampleRateHz: number
  /** Mono. Shared with everyone who asked for the same words: read it, never write to it. */
  readonly pcm: Int16Array
}

const Reply = z.union([
  z.strictObject({ id: z.int(), sampleRateHz: z.int().positive(), pcm: z.instanceof(Int16Array) }),
  z.strictObject({ id: z.int(), error: z.string() }),
])

interface Waiting {
  readonly resolve: (speech: Speech) => void
  readonly reject: (error: Error) => void
}

/** A twin says the same few sentences call after call; this many of them is about 20 MB of samples. */
const KEPT_SENTENCES = 200

let worker: Worker | undefined
let nextId = 1
const waiting = new Map<number, Waiting>()
const spoken = new Map<string, Promise<Speech>>()

function startWorker(): Worker {
  // Its own flags, because inherited ones may not fit a file (`--input-type`); node:wasi warns that it is experimental.
  const started = new Worker(new URL('./speech-worker.ts', import.meta.url), { execArgv: ['--no-warnings'] })
  started.unref()
  started.on('message', (message: unknown) => {
    const reply = Reply.parse(message)
    const asker = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (waiting.size === 0) started.unref()
    if ('error' in reply) asker?.reject(new Error(`speech: ${reply.error}`))
    else asker?.resolve({ sampleRateHz: reply.sampleRateHz, pcm: reply.pcm })
  })
  started.on('error', (error) => stopWaiting(started, error))
  started.on('exit', () => stopWaiting(started, new Error('speech: the synthesiser was closed')))
  return started
}

function stopWaiting(stopped: Worker, error: unknown): void {
  if (worker !== stopped) return
  worker = undefined
  const asked = [...waiting.values()]
  waiting.clear()
  for (const { reject } of asked) reject(error instanceof Error ? error : new Error(String(error)))
}

function synthesise(text: string, voice: Voice): Promise<Speech> {
  worker ??= startWorker()
  const speaker = worker
  return new Promise((resolve, reject) => {
    const id = nextId++
    waiting.set(id, { resolve, reject })
    // An idle worker must not keep the process alive; a sentence that somebody waits for must.
    speaker.ref()
    speaker.postMessage({ id, voice, text })
  })
}

/**
 * Speaks a text. The same voice and text give the same samples, the second time at once.
 * @param text English; an empty or blank text is no samples at 16 kHz
 * @returns mono PCM16 at the voice's own rate (8 or 16 kHz)
 * @throws Error when the synthesiser fails or is closed while it speaks
 */
export function speak(text: string, options: { readonly voice: Voice }): Promise<Speech> {
  if (text.trim() === '') return Promise.resolve({ sampleRateHz: 16000, pcm: new Int16Array(0) })
  const key = `${options.voice}\n${text}`
  const known = spoken.get(key)
  if (known) return known
  const speech = synthesise(text, options.voice)
  spoken.set(key, speech)
  speech.catch(() => spoken.delete(key))
  if (spoken.size > KEPT_SENTENCES) spoken.delete([...spoken.keys()][0]!)
  return speech
}

/** Ends the worker thread and forgets what was spoken. The next {@link speak} starts another. */
export async function closeSpeech(): Promise<void> {
  spoken.clear()
  await worker?.terminate()
}
