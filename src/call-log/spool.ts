/**
 * Where events wait on disk while the database is away: files of lines, each line a batch with a checksum, oldest first.
 * What `put` has answered survives the loss of the process and of power; a line that was cut off by one was never answered.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { type CallEvent, CallEventRecord } from '../call/events.ts'
import { InTurn } from '../database/in-turn.ts'

export interface SpoolOptions {
  /** Made when it is not there; private, for callers' words are in it. */
  readonly folder: string
  /** How much may wait. Default 512 MB: a day of a busy server. */
  readonly mostBytes?: number
  /** A file that has grown so large is followed by another one. Default 8 MB. */
  readonly fileBytes?: number
}

const MOST_BYTES = 512 * 1024 * 1024
const FILE_BYTES = 8 * 1024 * 1024
const NAME = /^(\d{12})\.jsonl$/
const Batch = z.array(CallEventRecord)

/** The spool is as full as it may be. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'
}

interface SpoolFile {
  readonly path: string
  bytes: number
}

export class Spool {
  readonly #folder: string
  readonly #mostBytes: number
  readonly #fileBytes: number
  readonly #files: SpoolFile[]
  #next: number
  /** Whatever touches the open file. */
  readonly #turn = new InTurn()
  #open: { readonly file: SpoolFile; readonly handle: FileHandle } | null = null

  private constructor(options: SpoolOptions, files: SpoolFile[], next: number) {
    this.#folder = options.folder
    this.#mostBytes = options.mostBytes ?? MOST_BYTES
    this.#fileBytes = options.fileBytes ?? FILE_BYTES
    this.#files = files
    this.#next = next
  }

  /** Takes up what a process before this one left. */
  static async open(options: SpoolOptions): Promise<Spool> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 })
    const names = (await readdir(options.folder)).filter((name) => NAME.test(name)).toSorted()
    const files: SpoolFile[] = []
    for (const name of names) {
      const path = join(options.folder, name)
      files.push({ path, bytes: (await stat(path)).size })
    }
    const last = names.at(-1)
    return new Spool(options, files, last === undefined ? 1 : Number.parseInt(last, 10) + 1)
  }

  get isEmpty(): boolean {
    return this.#files.length === 0
  }

  get bytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * Keeps a batch behind those before it.
   * @throws SpoolFull, or what the disk throws; then nothing of it is kept
   */
  put(events: readonly CallEvent[]): Promise<void> {
    return this.#turn.run(() => this.#put(events))
  }

  async #put(events: readonly CallEvent[]): Promise<void> {
    const json = JSON.stringify(events)
    const line = Buffer.from(`${crc32(json).toString(16).padStart(8, '0')} ${json}\n`)
    if (this.bytes + line.length > this.#mostBytes) {
      throw new SpoolFull(
        `The folder ${this.#folder} holds as many events as may wait for the database (${Math.round(this.#mostBytes / 1e6)} MB): bring the database back`,
      )
    }
    const { file, handle } = await this.#writable(line.length)
    try {
      await handle.appendFile(line)
      await handle.datasync()
      file.bytes += line.length
    } catch (error) {
      // What was written of the line must not stand before the next one.
      await handle.truncate(file.bytes).catch(() => {})
      await this.#shut()
      throw error
    }
  }

  /**
   * Hands all batches on, oldest first; each file goes when all of it has been taken. What comes meanwhile is handed on, too.
   * @param take throws when it cannot take a batch: then that one and those behind it stay, and the error is thrown on
   */
  async drain(take: (events: readonly CallEvent[]) => Promise<void>): Promise<void> {
    for (let file = this.#files[0]; file !== undefined; file = this.#files[0]) {
      const next = file
      // Not while a batch is being written to it; what comes afterwards goes into another file.
      await this.#turn.run(async () => {
        if (this.#open?.file === next) await this.#shut()
      })
      for (const events of await batchesOf(file.path)) await take(events)
      await rm(file.path, { force: true })
      this.#files.shift()
    }
  }

  close(): Promise<void> {
    return this.#turn.run(() => this.#shut())
  }

  async #writable(bytes: number): Promise<{ readonly file: SpoolFile; readonly handle: FileHandle }> {
    if (this.#open !== null && this.#open.file.bytes + bytes <= this.#fileBytes) return this.#open
    await this.#shut()
    const path = join(this.#folder, `${String(this.#next).padStart(12, '0')}.jsonl`)
    const handle = await open(path, 'ax', 0o600)
    this.#next++
    const file = { path, bytes: 0 }
    this.#files.push(file)
    this.#open = { file, handle }
    // The name itself must survive, too.
    const folder = await open(this.#folder, 'r')
    await folder.sync().finally(() => folder.close())
    return this.#open
  }

  async #shut(): Promise<void> {
    const handle = this.#open?.handle
    this.#open = null
    await handle?.close()
  }
}

/** The whole lines of a file. A line that is damaged was never answered, or the disk has lost it: those behind it still count. */
async function batchesOf(path: string): Promise<readonly (readonly CallEvent[])[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  return lines.flatMap((line) => {
    const json = line.slice(9)
    if (json === '' || line.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) return []
    return [Batch.parse(JSON.parse(json))]
  })
}
