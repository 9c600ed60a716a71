/** Everything one run of the bench has found: what the JSON file holds. */
import type { ChurnFigures } from './churn-run.ts'
import type { LoadFigures } from './figures.ts'
import type { MachineFacts } from './machine.ts'
import type { ResamplerFigures } from './resampler-run.ts'
import type { Summary } from './samples.ts'
import type { Sustained } from './sustain-run.ts'

export interface StartFigures {
  readonly target: string
  /** From the start of the process to the first answer of `/readyz`; median. */
  readonly readyMs: number
  /** Resident memory half a second later; median. */
  readonly idleMb: number | null
}

export interface SetupFigures {
  readonly target: string
  readonly calls: number
  readonly twiml: Summary | null
  readonly configured: Summary | null
  /** Caller audio that never reached the model, for each call. */
  readonly lostMs: number
  readonly troubles: Readonly<Record<string, number>>
}

export interface Results {
  readonly machine: MachineFacts
  readonly loads: readonly LoadFigures[]
  readonly setups: readonly SetupFigures[]
  readonly starts: readonly StartFigures[]
  readonly resampler: ResamplerFigures
  readonly sustained: readonly Sustained[]
  readonly churn: ChurnFigures | null
}
