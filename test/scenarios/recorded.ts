/** Recordings read as anybody would read them, and held against what was on the line. It shares no code with what writes them. */

import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Recordings } from '../../src/call-log/recordings.ts'
import type { Caller } from './caller.ts'
import type { World } from './world.ts'

export interface Tracks {
  readonly caller: Buffer
  readonly agent: Buffer
}

const PIECE_BYTES = 800

/** The two channels of a WAV of µ-law. @throws Error when it is none */
export function tracksOf(wav: Buffer): Tracks {
  const text = (at: number, length: number) => wav.toString('latin1', at, at + length)
  if (text(0, 4) !== 'RIFF' || text(8, 4) !== 'WAVE') throw new Error('not a WAV')
  if (wav.readUInt32LE(4) !== wav.length - 8) throw new Error('the RIFF chunk does not fill the file')
  let format: readonly number[] = []
  let samples = -1
  for (let at = 12; at < wav.length; ) {
    const bytes = wav.readUInt32LE(at + 4)
    const body = wav.subarray(at + 8, at + 8 + bytes)
    if (text(at, 4) === 'fmt ')
      format = [body.readUInt16LE(0), body.readUInt16LE(2), body.readUInt32LE(4), body.readUInt32LE(8)]
    if (text(at, 4) === 'fact') samples = body.readUInt32LE(0)
    if (text(at, 4) === 'data') {
      if (format.join() !== '7,2,8000,16000') throw new Error(`a WAV of ${format.join()}`)
      if (samples !== bytes / 2)
        throw new Error(`the fact chunk tells of ${samples} samples, and there are ${bytes / 2}`)
      const channel = (first: number) => Buffer.from(body.filter((_, index) => index % 2 === first))
      return { caller: channel(0), agent: channel(1) }
    }
    at += 8 + bytes + (bytes & 1)
  }
  throw new Error('a WAV without data')
}

export async function recordingOf(recordings: Recordings, callId: string): Promise<Buffer | null> {
  const info = await recordings.info(callId)
  const stream = info === null ? null : await recordings.read(callId, 0, info.bytes - 1)
  return stream === null ? null : Buffer.concat(await stream.toArray())
}

/** What was on the line by the carrier's own account, both sides from its call time 0. */
export async function truthOf(caller: Caller): Promise<Tracks> {
  const path = join(tmpdir(), `earshot-truth-${randomUUID()}.wav`)
  await caller.call.writeWav(path, 'mulaw')
  return tracksOf(await readFile(path))
}

/** How much later the server began to count the call's time than the carrier: both count on one clock. */
export function lateBy(world: World, caller: Caller): number {
  const carrierOrigin = performance.now() - caller.call.nowMs
  // An event is told a little after its time: the least late is nearest.
  const serverOrigin = Math.min(...caller.events.map((event) => (world.toldAt.get(event) ?? 0) - event.atMs))
  return serverOrigin - carrierOrigin
}

/** Stretches of sound in a track, in samples; silence of less than 100 ms does not part them. */
export function sounds(track: Buffer): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = []
  for (let at = 0; at < track.length; at++) {
    // Both zeros of µ-law are silence.
    if (track[at] === 0xff || track[at] === 0x7f) continue
    const last = found.at(-1)
    if (last !== undefined && at - last.to < 800) last.to = at + 1
    else found.push({ from: at, to: at + 1 })
  }
  return found
}

/**
 * For each tenth of a second of sound in `truth`, how far from its place it is in `got`, in ms; null: it is nowhere near.
 * @param lateMs how much earlier than `truth` the track began
 */
export function misplaced(truth: Buffer, got: Buffer, lateMs: number): (number | null)[] {
  return sounds(truth).flatMap(({ from, to }) => {
    const off: (number | null)[] = []
    for (let at = from; at + PIECE_BYTES <= to; at += PIECE_BYTES) {
      const piece = truth.subarray(at, at + PIECE_BYTES)
      const expected = at - Math.round(lateMs * 8)
      const near = Math.max(0, expected - 4000)
      const found = got.subarray(near, expected + 4000 + PIECE_BYTES).indexOf(piece)
      off.push(found < 0 ? null : (near + found - expected) / 8)
    }
    return off
  })
}
