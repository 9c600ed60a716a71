/** What was written of a call becomes its recording: pieces in their places, silence between them, both channels in one WAV. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { type Channel, piecesOf } from './recording-part.ts'
import { PeakMeter, peaksToBytes } from './recording-peaks.ts'
import { CHANNELS, SAMPLES_MOST, SAMPLES_PER_MS, SILENCE, wavHeader } from './recording-wav.ts'

/** So much is in memory at a time, and holds up the calls of this process for a fraction of a millisecond. */
const WINDOW_SAMPLES = 4_000 * SAMPLES_PER_MS
const READ_BYTES = 128 * 1024

/** Where a channel's audio is in the part, by rising start. */
interface Track {
  readonly starts: number[]
  readonly lengths: number[]
  readonly places: number[]
  readonly ahead: ReadAhead
  /** The first piece that reaches into the window. */
  next: number
}

/**
 * Leaves the WAV and its peaks, and then no part.
 * @returns false when nothing of the part can be read, and there is no recording
 * @throws Error when the disk refuses: the part is left as it is, to be tried again
 */
export async function finishPart(part: string, wav: string, peaks: string): Promise<boolean> {
  await using source = await open(part, 'r')
  const tracks: [Track, Track] = [emptyTrack(source), emptyTrack(source)]
  let samples = 0
  for await (const { channel, start, audio, at } of piecesOf(source)) {
    const track = tracks[channel]
    track.starts.push(start)
    track.lengths.push(audio.length)
    track.places.push(at)
    samples = Math.min(SAMPLES_MOST, Math.max(samples, start + audio.length))
  }
  try {
    if (samples > 0) await compose(tracks, samples, wav, peaks)
  } catch (error) {
    // What a full disk took of it would keep it full.
    for (const path of [wav, peaks]) await rm(`${path}.tmp`, { force: true })
    throw error
  }
  await rm(part, { force: true })
  return samples > 0
}

function emptyTrack(source: FileHandle): Track {
  return { starts: [], lengths: [], places: [], ahead: new ReadAhead(source), next: 0 }
}

/** Pieces lie behind each other in the part, with those of the other channel between them: read together they cost a tenth. */
class ReadAhead {
  readonly #file: FileHandle
  readonly #held = Buffer.allocUnsafeSlow(READ_BYTES)
  #from = 0
  #bytes = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async read(into: Buffer, place: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const at = place + done - this.#from
      if (at >= 0 && at < this.#bytes) {
        done += this.#held.copy(into, done, at, Math.min(this.#bytes, at + into.length - done))
        continue
      }
      this.#from = place + done
      this.#bytes = (await this.#file.read(this.#held, 0, READ_BYTES, this.#from)).bytesRead
      if (this.#bytes === 0) throw new Error('the part became shorter while it was read')
    }
  }
}

async function compose(tracks: readonly [Track, Track], samples: number, wav: string, peaks: string): Promise<void> {
  const meter = new PeakMeter()
  const unfinished = `${wav}.tmp`
  {
    await using target = await open(unfinished, 'w', 0o600)
    await writeAll(target, wavHeader(samples))
    const mono = Buffer.allocUnsafeSlow(WINDOW_SAMPLES)
    const both = Buffer.allocUnsafeSlow(WINDOW_SAMPLES * CHANNELS)
    for (let from = 0; from < samples; from += WINDOW_SAMPLES) {
      const length = Math.min(WINDOW_SAMPLES, samples - from)
      for (const channel of [0, 1] as const) {
        await fill(tracks[channel], from, mono.subarray(0, length))
        weave(mono, both, channel, length)
      }
      const window = both.subarray(0, length * CHANNELS)
      meter.take(window)
      await writeAll(target, window)
    }
    await target.datasync()
  }
  // In this order: a recording that is there has its peaks.
  await writeWhole(peaks, peaksToBytes(meter.peaks))
  await rename(unfinished, wav)
}

/** One channel's samples from `from` on. */
async function fill(track: Track, from: number, window: Buffer): Promise<void> {
  window.fill(SILENCE)
  const to = from + window.length
  for (let at = track.next; at < track.starts.length; at++) {
    const start = track.starts[at] ?? 0
    const end = start + (track.lengths[at] ?? 0)
    if (start >= to) break
    const first = Math.max(start, from)
    const length = Math.min(end, to) - first
    const into = window.subarray(first - from, first - from + Math.max(0, length))
    await track.ahead.read(into, (track.places[at] ?? 0) + first - start)
    if (end <= to && at === track.next) track.next++
  }
}

function weave(mono: Buffer, both: Buffer, channel: Channel, length: number): void {
  for (let at = 0; at < length; at++) both[at * CHANNELS + channel] = mono[at]!
}

/** A file that is there whole or not at all. */
export async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const unfinished = `${path}.tmp`
  {
    await using file = await open(unfinished, 'w', 0o600)
    await writeAll(file, bytes)
    await file.datasync()
  }
  await rename(unfinished, path)
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at, null)).bytesWritten
}
