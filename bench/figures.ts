/** The rounds of one server at one number of calls, drawn together. */
import type { LoadRun } from './load-run.ts'
import { median, Samples, type Summary } from './samples.ts'
import type { FrameCounts } from './track.ts'

/** Medians over the rounds; a ratio is the median of the rounds' own ratios, since noise hits both sides of a round. */
export interface LoadFigures {
  readonly target: string
  readonly calls: number
  readonly rounds: number
  readonly cpuSecondsPerCallMinute: number
  readonly up: Summary
  readonly down: Summary
  readonly loopStopMaxMs: number
  readonly loopStopWorstMs: number
  readonly gcMaxMs: number
  readonly rssMb: number
  readonly rssMbPerCall: number
  readonly heapMbPerCall: number
  /** Null beside the bare bridge itself, and where it was not run. */
  readonly ratios: { readonly cpu: number; readonly upP99: number; readonly downP99: number } | null
  /** Of all rounds together; null where the server does no such thing. */
  readonly clear: Summary | null
  readonly truncation: Summary | null
  readonly tool: Summary | null
  readonly twiml: Summary | null
  readonly oldFrames: number
  readonly frames: { readonly up: FrameCounts; readonly down: FrameCounts }
  readonly troubles: Readonly<Record<string, number>>
  readonly generator: { readonly latenessP99Ms: number; readonly cpuShare: number; readonly othersShare: number | null }
  /** Why the figures are not to be trusted; empty when they are. */
  readonly doubts: readonly string[]
  readonly profile: readonly string[]
}

/** Above these the generator or other programs are in the figures more than the server is. */
const LATENESS_MOST_MS = 4
const GENERATOR_MOST = 0.9
const OTHERS_MOST = 0.25

/** @param bare the bare bridge's runs of the same rounds, in the same order; empty when it was not run */
export function drawTogether(runs: readonly LoadRun[], bare: readonly LoadRun[], idleRssMb: number): LoadFigures {
  const first = runs[0]
  if (first === undefined) throw new Error('no runs to draw together')
  const over = (figure: (run: LoadRun) => number) => median(runs.map(figure))
  const beside = (figure: (run: LoadRun) => number) =>
    median(runs.flatMap((run, i) => (bare[i] === undefined ? [] : [figure(run) / figure(bare[i])])))
  const itself = bare[0]?.target === first.target
  const generator = generatorOf(runs)
  const besideIt = itself || bare.length === 0 ? [] : doubts(generatorOf(bare))
  return {
    target: first.target,
    calls: first.calls,
    rounds: runs.length,
    cpuSecondsPerCallMinute: over(cpuOf),
    up: medians(runs.map((run) => run.measures.up)),
    down: medians(runs.map((run) => run.measures.down)),
    loopStopMaxMs: over((run) => run.server.loopStopMaxMs),
    loopStopWorstMs: Math.max(...runs.map((run) => run.server.loopStopMaxMs)),
    gcMaxMs: over((run) => run.server.gcMaxMs),
    rssMb: over((run) => run.server.rssMb),
    rssMbPerCall: (over((run) => run.server.rssMb) - idleRssMb) / first.calls,
    heapMbPerCall: over((run) => run.heapMbLive - run.heapMbBefore) / first.calls,
    ratios:
      bare.length === 0 || itself
        ? null
        : {
            cpu: beside(cpuOf),
            upP99: beside((run) => p99(run.measures.up)),
            downP99: beside((run) => p99(run.measures.down)),
          },
    clear: pooled(runs.map((run) => run.measures.clear)),
    truncation: pooled(runs.map((run) => run.measures.truncation)),
    tool: pooled(runs.map((run) => run.measures.tool)),
    twiml: pooled(runs.map((run) => run.measures.twiml)),
    oldFrames: runs.reduce((sum, run) => sum + run.measures.oldFrames, 0),
    frames: {
      up: added(runs.map((run) => run.measures.upFrames)),
      down: added(runs.map((run) => run.measures.downFrames)),
    },
    troubles: troublesOf(runs),
    generator,
    doubts: [...doubts(generator), ...besideIt.map((found) => `${found} during the runs of the bare bridge`)],
    profile: runs[runs.length - 1]?.server.profile ?? [],
  }
}

/** Frames that did not arrive just as they were sent. */
export function spoilt({ frames: { up, down } }: Pick<LoadFigures, 'frames'>): number {
  return [up, down].reduce((sum, way) => sum + way.lost + way.doubled + way.reordered + way.foreign, 0)
}

function cpuOf({ server, calls }: LoadRun): number {
  return (server.cpuUserMs + server.cpuSystemMs) / 1000 / ((calls * server.elapsedMs) / 60_000)
}

function p99(samples: Samples): number {
  return samples.summary()?.p99 ?? Number.NaN
}

function medians(all: readonly Samples[]): Summary {
  const summaries = all.map((samples) => samples.summary()).filter((summary) => summary !== null)
  const over = (name: keyof Summary) => median(summaries.map((summary) => summary[name]))
  return { count: over('count'), p50: over('p50'), p95: over('p95'), p99: over('p99'), max: over('max') }
}

function pooled(all: readonly Samples[]): Summary | null {
  const together = new Samples()
  for (const samples of all) together.addAll(samples)
  return together.summary()
}

function added(all: readonly FrameCounts[]): FrameCounts {
  const sum = (name: keyof FrameCounts) => all.reduce((total, counts) => total + counts[name], 0)
  return {
    sent: sum('sent'),
    received: sum('received'),
    lost: sum('lost'),
    doubled: sum('doubled'),
    reordered: sum('reordered'),
    foreign: sum('foreign'),
  }
}

function troublesOf(runs: readonly LoadRun[]): Record<string, number> {
  const all: Record<string, number> = {}
  for (const { measures } of runs) {
    for (const [what, times] of measures.troubles) all[what] = (all[what] ?? 0) + times
  }
  return all
}

function generatorOf(runs: readonly LoadRun[]): LoadFigures['generator'] {
  const over = (figure: (run: LoadRun) => number) => median(runs.map(figure))
  const known = runs.every((run) => run.generator.othersShare !== null)
  return {
    latenessP99Ms: over((run) => run.generator.lateness.p99),
    cpuShare: over((run) => run.generator.cpuShare),
    othersShare: known ? over((run) => run.generator.othersShare ?? 0) : null,
  }
}

function doubts(generator: LoadFigures['generator']): string[] {
  const found: string[] = []
  const percent = (share: number) => `${Math.round(share * 100)} % of a core`
  if (generator.latenessP99Ms > LATENESS_MOST_MS) {
    found.push(`the generator was ${generator.latenessP99Ms.toFixed(1)} ms late at p99`)
  }
  if (generator.cpuShare > GENERATOR_MOST) found.push(`the generator took ${percent(generator.cpuShare)}`)
  if ((generator.othersShare ?? 0) > OTHERS_MOST)
    found.push(`other programs took ${percent(generator.othersShare ?? 0)}`)
  return found
}
