/**
 * Audio of a live call on its way to the disk: an append-only file of pieces, each with its channel, its place and a check
 * sum, so that a crash at any byte leaves all pieces before it readable. Written in batches, off the way of the audio.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { SAMPLES_PER_MS } from './recording-wav.ts'

export type Channel = 0 | 1

/** What is written at most twice a second is lost at most by half a second, and by what the agent's marks are late. */
const WRITE_EVERY_MS = 500
const ROOM_FIRST_BYTES = 16 * 1024
/** Half a minute of a call whose disk does not answer; more would fill the memory of all calls. */
const ROOM_MOST_BYTES = 512 * 1024
/** Much agent audio may become known at once, when marks were late. */
const WRITE_AT_BYTES = 64 * 1024
const MAGIC = 0x31524145
const HEAD_BYTES = 16
const PIECE_MOST_BYTES = 0xffff

/** Everything that is open, written by one timer. */
const opened = new Set<PartWriter>()
let timer: NodeJS.Timeout | null = null

function watch(part: PartWriter): void {
  opened.add(part)
  timer ??= setInterval(() => {
    for (const each of opened) each.flush()
  }, WRITE_EVERY_MS).unref()
}

function unwatch(part: PartWriter): void {
  opened.delete(part)
  if (opened.size > 0 || timer === null) return
  clearInterval(timer)
  timer = null
}

export class PartWriter {
  readonly #onFailed: (why: string) => void
  readonly #opening: Promise<FileHandle | null>
  #file: FileHandle | null = null
  #room: Buffer = Buffer.allocUnsafeSlow(ROOM_FIRST_BYTES)
  #spare: Buffer | null = null
  #used = 0
  /** The piece that may still grow: where its head is, its channel and the sample behind it. */
  #headAt = -1
  #channel: Channel = 0
  #end = 0
  #callerEnd = 0
  #writing: Promise<void> | null = null
  #state: 'open' | 'closed' | 'failed' = 'open'
  #keptSamples = 0

  /** @param onFailed told once, when nothing more can be written  */
  constructor(path: string, onFailed: (why: string) => void) {
    this.#onFailed = onFailed
    this.#opening = open(path, 'ax', 0o600).then(
      (file) => {
        this.#file = file
        return file
      },
      (error: unknown) => {
        this.#fail(error)
        return null
      },
    )
    watch(this)
  }

  /** How much of the call is on the disk. */
  get keptMs(): number {
    return this.#keptSamples / SAMPLES_PER_MS
  }

  /** @param start the sample at which it begins  @param audio µ-law, copied */
  append(channel: Channel, start: number, audio: Uint8Array): void {
    if (this.#state !== 'open') return
    const grows =
      this.#headAt >= 0 &&
      channel === this.#channel &&
      start === this.#end &&
      this.#used - this.#headAt - HEAD_BYTES + audio.length <= PIECE_MOST_BYTES
    if (!this.#makeRoom(audio.length + (grows ? 0 : HEAD_BYTES))) return
    if (!grows) {
      this.#headAt = this.#used
      this.#channel = channel
      this.#room.writeUInt32LE(MAGIC, this.#used)
      this.#room.writeUInt32LE(start, this.#used + 8)
      this.#used += HEAD_BYTES
    }
    this.#room.set(audio, this.#used)
    this.#used += audio.length
    this.#end = start + audio.length
    if (channel === 0) this.#callerEnd = this.#end
    this.#room.writeUInt32LE(((this.#used - this.#headAt - HEAD_BYTES) << 8) | channel, this.#headAt + 4)
    if (this.#used >= WRITE_AT_BYTES) this.flush()
  }

  /** Writes what waits, unless a write is under way. */
  flush(): void {
    if (this.#state === 'failed' || this.#used === 0 || this.#file === null || this.#writing !== null) return
    const batch = this.#room.subarray(0, this.#used)
    const keeps = this.#callerEnd
    const full = this.#room
    this.#room = this.#spare ?? Buffer.allocUnsafeSlow(ROOM_FIRST_BYTES)
    this.#used = 0
    this.#headAt = -1
    seal(batch)
    this.#writing = writeAll(this.#file, batch)
      .then(
        () => {
          this.#keptSamples = keeps
        },
        (error: unknown) => this.#fail(error),
      )
      .finally(() => {
        // A room that had to grow for a slow disk is not kept for ever.
        this.#spare = full.length > 4 * ROOM_FIRST_BYTES ? null : full
        this.#writing = null
      })
  }

  /** Nothing more comes: fulfilled when all of it is with the operating system, or cannot be. */
  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed'
    unwatch(this)
    const file = await this.#opening
    while (this.#state === 'closed' && (this.#used > 0 || this.#writing !== null)) {
      this.flush()
      await this.#writing
    }
    await file?.close().catch(() => {})
    this.#letGo()
  }

  /** What waits is dropped. */
  async abandon(): Promise<void> {
    this.#state = 'failed'
    unwatch(this)
    this.#letGo()
    const file = await this.#opening
    await this.#writing
    await file?.close().catch(() => {})
  }

  #makeRoom(bytes: number): boolean {
    const needed = this.#used + bytes
    if (needed <= this.#room.length) return true
    if (needed > ROOM_MOST_BYTES) {
      this.#fail(new Error('the disk takes longer to write than the call to speak'))
      return false
    }
    const larger = Buffer.allocUnsafeSlow(Math.min(ROOM_MOST_BYTES, Math.max(2 * this.#room.length, needed)))
    this.#room.copy(larger, 0, 0, this.#used)
    this.#room = larger
    return true
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed') return
    this.#state = 'failed'
    unwatch(this)
    this.#letGo()
    this.#onFailed(reasonOf(error))
  }

  #letGo(): void {
    this.#room = Buffer.alloc(0)
    this.#spare = null
    this.#used = 0
  }
}

/** Names what is wrong with the disk, and no path. */
function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    if (error.code === 'ENOSPC') return 'the disk is full (ENOSPC)'
    return `the recording cannot be written (${error.code})`
  }
  return error instanceof Error ? error.message : String(error)
}

/** Puts its check sum into each piece of a batch. */
function seal(batch: Buffer): void {
  for (let at = 0; at < batch.length; ) {
    const bytes = batch.readUInt32LE(at + 4) >>> 8
    batch.writeUInt32LE(sumOf(batch.subarray(at, at + HEAD_BYTES + bytes)), at + 12)
    at += HEAD_BYTES + bytes
  }
}

function sumOf(piece: Buffer): number {
  return crc32(piece.subarray(HEAD_BYTES), crc32(piece.subarray(4, 12)))
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, null)
    at += bytesWritten
  }
}

export interface Piece {
  readonly channel: Channel
  readonly start: number
  readonly audio: Buffer
  /** Where the audio is in the file. */
  readonly at: number
}

/** All that can be read of a part, in the order in which it was written; a torn end is left out. The audio is valid until the next. */
export async function* piecesOf(file: FileHandle): AsyncGenerator<Piece> {
  let buffer: Buffer = Buffer.alloc(256 * 1024)
  let held = 0
  let offset = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, held, buffer.length - held, offset + held)
    held += bytesRead
    let at = 0
    while (at + HEAD_BYTES <= held) {
      const size = HEAD_BYTES + (buffer.readUInt32LE(at + 4) >>> 8)
      if (at + size > held) break
      const piece = buffer.subarray(at, at + size)
      const channel = piece.readUInt8(4)
      const sound = piece.readUInt32LE(0) === MAGIC && channel <= 1 && sumOf(piece) === piece.readUInt32LE(12)
      if (!sound) return
      yield {
        channel: channel === 0 ? 0 : 1,
        start: piece.readUInt32LE(8),
        audio: piece.subarray(HEAD_BYTES),
        at: offset + at + HEAD_BYTES,
      }
      at += size
    }
    if (bytesRead === 0) return
    buffer.copyWithin(0, at, held)
    held -= at
    offset += at
    if (held === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2)
  }
}
