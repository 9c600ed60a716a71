/** What a model twin can be told when it starts, and what it has when it is not told. */
import type { FaultInput, FaultPlan } from '../faults.ts'
import type { Identifiers } from './identifiers.ts'
import type { Script } from './script.ts'

export interface Timing {
  /** From a response's creation to its first audio. */
  readonly firstAudioMs: number
  /** How many times faster than it sounds audio is sent; Infinity: as fast as the socket takes it. */
  readonly speed: number
  /** Audio in one `response.output_audio.delta`. */
  readonly pieceMs: number
  /** How long the arguments of a function call take to come. */
  readonly argumentsMs: number
  /** From a caller turn's commit to its transcript. */
  readonly transcriptMs: number
}

export const DEFAULT_TIMING: Timing = {
  firstAudioMs: 120,
  speed: 8,
  pieceMs: 100,
  argumentsMs: 40,
  transcriptMs: 300,
}

export interface ModelTwinOptions {
  /** Tried in order; YAML text or already read. After them comes the built-in script, which fits every agent. */
  readonly scripts?: readonly (string | Script)[]
  /** The only API key that is let in. Left out: any, and none. */
  readonly apiKey?: string
  /** Model names beyond those of the API, treated as its newest. */
  readonly models?: readonly string[]
  readonly faults?: readonly FaultInput[]
  readonly timing?: Partial<Timing>
  /** Sessions expire after this long; 60 minutes, as the API's do. */
  readonly sessionMs?: number
  /** Of the identifiers it makes up; left out: another one each time. */
  readonly seed?: number
  /** On 127.0.0.1; 0, the default, is any free one. */
  readonly port?: number
}

/** What every session of one twin shares. */
export interface TwinParts {
  readonly scripts: readonly Script[]
  readonly timing: Timing
  readonly sessionMs: number
  readonly faults: FaultPlan
  readonly ids: Identifiers
  /** The words of the next caller turn, if somebody has told. @param caller the safety identifier of its session */
  nextWords(caller: string | undefined): string | undefined
  /** Something happened that a test may be waiting for. */
  changed(): void
}
