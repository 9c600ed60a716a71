/** Recordings in a folder: for each call a WAV and its peaks, readable by the owner of the process alone. */
import { createReadStream } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { writeWhole } from './recording-finish.ts'
import { PeakMeter, peaksFromBytes, peaksToBytes } from './recording-peaks.ts'
import { WAV_HEADER_BYTES } from './recording-wav.ts'
import type { RecordingPeaks } from './recordings.ts'

/** Ids come from addresses of requests, too: whatever could be a path is none of ours. */
const CALL_ID = /^[A-Za-z0-9_-]{1,80}$/
const PART = /^([A-Za-z0-9_-]{1,80})\.(\d+)\.part$/

export function isCallId(text: string): boolean {
  return CALL_ID.test(text)
}

export class RecordingFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Makes the folder, and takes away what was half done when the process was last stopped. */
  async open(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    // One that was there already may be open to others.
    await chmod(this.path, 0o700)
    const names = await readdir(this.path)
    const wavs = new Set(names.filter((name) => name.endsWith('.wav')))
    const debris = names.filter(
      (name) => name.endsWith('.tmp') || (name.endsWith('.peaks') && !wavs.has(name.replace(/peaks$/, 'wav'))),
    )
    for (const name of debris) await rm(join(this.path, name), { force: true })
  }

  part(callId: string, number: number): string {
    return join(this.path, `${callId}.${number}.part`)
  }

  wav(callId: string): string {
    return join(this.path, `${callId}.wav`)
  }

  peaksFile(callId: string): string {
    return join(this.path, `${callId}.peaks`)
  }

  /** What calls left that were not finished. */
  async parts(): Promise<readonly { readonly callId: string; readonly path: string }[]> {
    const names = await readdir(this.path)
    return names.flatMap((name) => {
      const callId = PART.exec(name)?.[1]
      return callId === undefined ? [] : [{ callId, path: join(this.path, name) }]
    })
  }

  /** Calls whose file of this kind is here. */
  async callsWith(ending: 'wav' | 'erase'): Promise<readonly string[]> {
    const names = await readdir(this.path)
    return names.filter((name) => name.endsWith(`.${ending}`)).map((name) => name.slice(0, -ending.length - 1))
  }

  /** The bytes of a call's WAV; null: there is none. */
  async size(callId: string): Promise<number | null> {
    const found = await stat(this.wav(callId)).catch(ifMissing)
    return found === null ? null : found.size
  }

  async read(callId: string, first: number, last: number): Promise<Readable | null> {
    const size = await this.size(callId)
    if (size === null || first >= size || last < first) return null
    return createReadStream(this.wav(callId), { start: first, end: Math.min(last, size - 1) })
  }

  /** As they were worked out when the recording was finished; when they are not there, anew. */
  async peaks(callId: string): Promise<RecordingPeaks | null> {
    const kept = await readFile(this.peaksFile(callId)).catch(ifMissing)
    const known = kept === null ? null : peaksFromBytes(kept)
    if (known !== null) return known
    const wav = await this.read(callId, WAV_HEADER_BYTES, Number.MAX_SAFE_INTEGER)
    if (wav === null) return null
    const peaks = await measure(wav)
    // Drawing works without it, only slower.
    await writeWhole(this.peaksFile(callId), peaksToBytes(peaks)).catch(() => {})
    return peaks
  }

  /** Takes away all that there is of a call. @returns whether there was anything */
  async erase(callId: string): Promise<boolean> {
    const names = await readdir(this.path)
    // The order to erase stays until it is carried out, and so does one that is only being written.
    const own = names.filter((name) => name.startsWith(`${callId}.`) && !/\.erase(\.tmp)?$/.test(name))
    for (const name of own) await rm(join(this.path, name), { force: true })
    return own.some((name) => name.endsWith('.wav') || name.endsWith('.part'))
  }
}

/** @param samples a WAV from behind its header on */
export async function measure(samples: AsyncIterable<Buffer>): Promise<RecordingPeaks> {
  const meter = new PeakMeter()
  let odd: Buffer = Buffer.alloc(0)
  for await (const chunk of samples) {
    const bytes = odd.length === 0 ? chunk : Buffer.concat([odd, chunk])
    const whole = bytes.length - (bytes.length % 2)
    meter.take(bytes.subarray(0, whole))
    odd = bytes.subarray(whole)
  }
  return meter.peaks
}

export function ifMissing(error: unknown): null {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
