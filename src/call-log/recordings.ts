/** The contract of recordings: what was kept of the audio of calls. Every store of them passes test/contracts/recordings.ts. */
import type { Readable } from 'node:stream'

export interface Recordings {
  /** A finished recording: a WAV of two channels of µ-law at 8 kHz, left the caller, right the agent as it was heard. */
  info(callId: string): Promise<{ readonly bytes: number; readonly durationMs: number } | null>
  /** @param first @param last bytes of the WAV, both included */
  read(callId: string, first: number, last: number): Promise<Readable | null>
  /** Loudness for drawing, one byte for each stretch of 1000 / perSecond ms. */
  peaks(callId: string): Promise<RecordingPeaks | null>
  /** @returns whether there was one */
  erase(callId: string): Promise<boolean>
}

export interface RecordingPeaks {
  readonly perSecond: number
  readonly durationMs: number
  readonly caller: Uint8Array
  readonly agent: Uint8Array
}
