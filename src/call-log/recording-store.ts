/**
 * The recordings of this server: kept while calls are live, finished when they are over or at the start after a crash, and
 * then in DATA_DIR or in a bucket, as each call's agent says.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Recorder } from './recorder.ts'
import type { Bucket } from './recording-bucket.ts'
import { finishPart } from './recording-finish.ts'
import { isCallId, measure, RecordingFolder } from './recording-folder.ts'
import { Outbox, peaksKey, wavKey } from './recording-outbox.ts'
import { PartWriter } from './recording-part.ts'
import { peaksFromBytes } from './recording-peaks.ts'
import { WAV_HEADER_BYTES, wavDurationMs } from './recording-wav.ts'
import type { RecordingPeaks, Recordings } from './recordings.ts'

/** A disk that could not take a finished recording is asked again. */
const FINISH_AGAIN_MS = 60_000

export interface RecordingStoreOptions {
  readonly dataDir: string
  /** Null: the environment names none. */
  readonly bucket: Bucket | null
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void }
  readonly retryMs?: readonly number[]
}

type Where = 'disk' | 's3'

export class RecordingStore implements Recordings, AsyncDisposable {
  readonly #folders: Readonly<Record<Where, RecordingFolder>>
  readonly #bucket: Bucket | null
  readonly #outbox: Outbox | null
  readonly #log: RecordingStoreOptions['log']
  readonly #live = new Set<string>()
  /** Calls that are over, and whose recording is being finished. */
  readonly #busy = new Map<string, Promise<void>>()
  readonly #again = new Set<NodeJS.Timeout>()
  /** Recordings are finished one after the other: the calls that are live need the disk and the time more. */
  #finishing: Promise<void> = Promise.resolve()
  #parts = 0
  #closed = false

  private constructor({ dataDir, bucket, log, retryMs }: RecordingStoreOptions) {
    const path = join(dataDir, 'recordings')
    this.#folders = { disk: new RecordingFolder(path), s3: new RecordingFolder(join(path, 'outbox')) }
    this.#bucket = bucket
    this.#log = log
    const onTrouble = (detail: string | null) =>
      detail === null ? log.info({}, 'recordings are sent again') : log.warn({ detail }, 'recordings wait to be sent')
    this.#outbox =
      bucket === null ? null : new Outbox(this.#folders.s3, bucket, { onTrouble, ...(retryMs && { retryMs }) })
  }

  static async open(options: RecordingStoreOptions): Promise<RecordingStore> {
    const store = new RecordingStore(options)
    await store.#folders.disk.open()
    await store.#folders.s3.open()
    store.#outbox?.kick()
    return store
  }

  /**
   * Finishes what calls left behind that a crash cut off.
   * @param isWanted false: the caller had withdrawn their consent
   * @returns the calls whose audio is kept, and those of which nothing could be read
   */
  async repair(isWanted: (callId: string) => Promise<boolean>): Promise<{ kept: string[]; lost: string[] }> {
    const found = { kept: [] as string[], lost: [] as string[] }
    for (const where of ['disk', 's3'] as const) {
      for (const { callId, path } of await this.#folders[where].parts()) {
        if (this.#live.has(callId) || this.#busy.has(callId)) continue
        if (!(await isWanted(callId))) await rm(path, { force: true })
        else if (await this.#finish(callId, path, where)) found.kept.push(callId)
        else found.lost.push(callId)
      }
    }
    return found
  }

  /** @param onFailed told at most once: the disk takes no more, and so much is kept */
  record(callId: string, where: Where, onFailed: (detail: string, keptMs: number) => void): Recorder {
    const path = this.#folders[where].part(callId, ++this.#parts)
    const part: PartWriter = new PartWriter(path, (why) => {
      this.#log.warn({ callId, why }, 'a recording stopped')
      onFailed(why, part.keptMs)
    })
    this.#live.add(callId)
    const settle = (work: Promise<unknown>) => {
      this.#live.delete(callId)
      const done = work.then(
        () => {},
        (error: unknown) => this.#log.warn({ callId, why: codeOf(error) }, 'a recording could not be finished'),
      )
      const settled: Promise<void> = Promise.all([this.#busy.get(callId), done]).then(() => {
        if (this.#busy.get(callId) === settled) this.#busy.delete(callId)
      })
      this.#busy.set(callId, settled)
    }
    return new Recorder(part, {
      finish: (own) => settle(own.close().then(() => this.#finish(callId, path, where))),
      discard: (own) => {
        // The name goes at once, whatever is still being written under it.
        const gone = rm(path, { force: true })
        settle(
          own
            .abandon()
            .then(() => gone)
            .then(() => rm(path, { force: true })),
        )
      },
    })
  }

  async info(callId: string): Promise<{ readonly bytes: number; readonly durationMs: number } | null> {
    const bytes = await this.#size(callId)
    return bytes === null ? null : { bytes, durationMs: wavDurationMs(bytes) }
  }

  async read(callId: string, first: number, last: number): Promise<Readable | null> {
    const folder = await this.#folderOf(callId)
    if (folder !== null) return folder.read(callId, first, last)
    const size = await this.#sizeInBucket(callId)
    if (size === null || this.#bucket === null || first >= size || last < first) return null
    return this.#bucket.read(wavKey(callId), first, Math.min(last, size - 1))
  }

  async peaks(callId: string): Promise<RecordingPeaks | null> {
    const folder = await this.#folderOf(callId)
    if (folder !== null) return folder.peaks(callId)
    const size = await this.#sizeInBucket(callId)
    if (size === null || this.#bucket === null) return null
    const bytes = await this.#bucket.size(peaksKey(callId))
    const kept = bytes === null ? null : await this.#bucket.read(peaksKey(callId), 0, bytes - 1)
    const known = kept === null ? null : peaksFromBytes(Buffer.concat(await kept.toArray()))
    if (known !== null) return known
    const wav = await this.#bucket.read(wavKey(callId), WAV_HEADER_BYTES, size - 1)
    return wav === null ? null : measure(wav)
  }

  async erase(callId: string): Promise<boolean> {
    if (!isCallId(callId)) return false
    if (this.#live.has(callId)) throw new Error('the call is being recorded: it can be erased when it is over')
    await this.#busy.get(callId)
    if (await this.#folders.disk.erase(callId)) return true
    if (this.#outbox !== null) return this.#outbox.erase(callId)
    return this.#folders.s3.erase(callId)
  }

  /** Until the recordings of all calls that are over are finished, or have failed to be. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values())
    await this.#finishing
  }

  /** Finishes what is being finished; what is to be sent waits for the next start. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#again) clearTimeout(timer)
    await this.idle()
    await this.#outbox?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @returns false when nothing of it can be read */
  #finish(callId: string, part: string, where: Where): Promise<boolean> {
    const folder = this.#folders[where]
    const done = this.#finishing.then(async () => {
      const kept = await finishPart(part, folder.wav(callId), folder.peaksFile(callId))
      if (kept && where === 's3') this.#outbox?.kick()
      return kept
    })
    this.#finishing = done.then(
      () => {},
      () => this.#finishLater(callId, part, where),
    )
    return done
  }

  #finishLater(callId: string, part: string, where: Where): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#again.delete(timer)
      this.#finish(callId, part, where).catch(() => {})
    }, FINISH_AGAIN_MS).unref()
    this.#again.add(timer)
  }

  async #size(callId: string): Promise<number | null> {
    const folder = await this.#folderOf(callId)
    return folder === null ? this.#sizeInBucket(callId) : folder.size(callId)
  }

  /** Where on this disk it is; null: nowhere, but it may be in the bucket. */
  async #folderOf(callId: string): Promise<RecordingFolder | null> {
    if (!isCallId(callId)) return null
    await this.#busy.get(callId)
    for (const folder of Object.values(this.#folders)) if ((await folder.size(callId)) !== null) return folder
    return null
  }

  async #sizeInBucket(callId: string): Promise<number | null> {
    if (this.#bucket === null || !isCallId(callId)) return null
    // What is to be gone is gone, though the bucket may not know yet.
    if (await this.#outbox?.isErased(callId)) return null
    return this.#bucket.size(wavKey(callId))
  }
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code
  return error instanceof Error ? error.message : String(error)
}
