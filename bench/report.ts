/** The results as a person reads them. */
import { digits, judge, type Verdict } from './budgets.ts'
import type { LoadFigures } from './figures.ts'
import type { Results } from './results.ts'
import type { Summary } from './samples.ts'
import type { FrameCounts } from './track.ts'

const LABEL_WIDTH = 38
const CELL_WIDTH = 24

/** @returns the whole report, lines without a newline at the end */
export function reportLines(results: Results): string[] {
  const counts = [...new Set(results.loads.map((load) => load.calls))]
  return [
    ...machineLines(results),
    ...counts.flatMap((calls) => loadLines(results.loads.filter((load) => load.calls === calls))),
    ...setupLines(results),
    ...otherLines(results),
    '',
    'Budgets',
    ...judge(results).map(verdictLine),
  ]
}

function machineLines({ machine }: Results): string[] {
  const { cpu, cores, memoryGb, platform, node, date, loadAverage } = machine
  const load = `load average ${loadAverage.toFixed(2)} before`
  return [`Earshot bench, ${date}`, `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}, Node ${node}, ${load}`]
}

type Row = readonly [label: string, cell: (load: LoadFigures) => string]

const ROWS: readonly Row[] = [
  ['CPU seconds a call-minute', (load) => beside(load.ratios?.cpu, load.cpuSecondsPerCallMinute)],
  ['caller → model, p99 ms', (load) => beside(load.ratios?.upP99, load.up.p99)],
  ['  p50 / p95 / max ms', ({ up }) => list(up.p50, up.p95, up.max)],
  ['model → caller, p99 ms', (load) => beside(load.ratios?.downP99, load.down.p99)],
  ['  p50 / p95 / max ms', ({ down }) => list(down.p50, down.p95, down.max)],
  ['longest event-loop stop, ms', (load) => `${digits(load.loopStopMaxMs)} (worst ${digits(load.loopStopWorstMs)})`],
  ['longest garbage collection, ms', (load) => digits(load.gcMaxMs)],
  ['speech started → clear, p50 / p99 / max', ({ clear }) => spread(clear)],
  ['  frames of old audio after it', (load) => (load.clear === null ? '–' : String(load.oldFrames))],
  ['truncation off by ms, p50 / p99 / max', ({ truncation }) => spread(truncation)],
  ['function call → answer, p50 / p99 / max', ({ tool }) => spread(tool)],
  ['webhook → TwiML, p50 / p99 / max', ({ twiml }) => spread(twiml)],
  ['to model: lost/doubled/reordered/made up', ({ frames }) => framesCell(frames.up)],
  ['to caller: the same', ({ frames }) => framesCell(frames.down)],
  ['resident MB, beyond idle for each call', (load) => `${digits(load.rssMb)}, ${digits(load.rssMbPerCall)}`],
  ['heap MB for each call', (load) => digits(load.heapMbPerCall)],
  ['generator: late p99 ms, % of a core', ({ generator }) => list(generator.latenessP99Ms, generator.cpuShare * 100)],
  ['other programs, % of a core', ({ generator }) => percent(generator.othersShare)],
]

function loadLines(loads: readonly LoadFigures[]): string[] {
  const first = loads[0]
  if (first === undefined) return []
  const rounds = `${first.calls} calls, ${first.rounds} ${first.rounds === 1 ? 'round' : 'rounds'}`
  const notes = loads.flatMap((load) => [
    ...load.doubts.map((doubt) => `  ! ${load.target}: not to be trusted, ${doubt}`),
    ...Object.entries(load.troubles).map(([what, times]) => `  ! ${load.target}: ${what} (${times} times)`),
    ...(load.profile.length === 0
      ? []
      : [`  profile of ${load.target}, self time:`, ...load.profile.map((line) => `    ${line}`)]),
  ])
  return [
    '',
    line(
      rounds,
      loads.map((load) => load.target),
    ),
    ...ROWS.map(([label, cell]) => line(`  ${label}`, loads.map(cell))),
    ...notes,
  ]
}

function setupLines({ setups }: Results): string[] {
  const first = setups[0]
  if (first === undefined) return []
  const row = (label: string, cell: (setup: (typeof setups)[number]) => string) => line(`  ${label}`, setups.map(cell))
  return [
    '',
    line(
      `${first.calls} calls set up, slow model`,
      setups.map((setup) => setup.target),
    ),
    row('webhook → TwiML, p50 / p99 / max ms', ({ twiml }) => spread(twiml)),
    row('webhook → session, p50 / p99 / max ms', ({ configured }) => spread(configured)),
    row("caller's words lost, ms a call", ({ lostMs }) => digits(lostMs)),
    ...setups.flatMap(({ target, troubles }) =>
      Object.entries(troubles).map(([what, times]) => `  ! ${target}: ${what} (${times} times)`),
    ),
  ]
}

function otherLines({ starts, resampler, sustained, churn }: Results): string[] {
  const lines = starts.map(({ target, readyMs, idleMb }) => {
    const idle = idleMb === null ? '' : `, ${digits(idleMb)} MB resident when idle`
    return `${target}: ${digits(readyMs)} ms from start to listening${idle}`
  })
  const { upUs, downUs, upDelayMs, downDelayMs } = resampler
  lines.push(
    `resampler: 8 → 24 kHz ${digits(upUs)} µs a frame, ${digits(upDelayMs)} ms delay; 24 → 8 kHz ${digits(downUs)} µs, ${digits(downDelayMs)} ms`,
  )
  for (const { target, calls, failed } of sustained) {
    const end = failed === null ? 'and no more were tried' : `${failed.calls} were too many: ${failed.why}`
    lines.push(`${target}: ${calls} calls carried with p99 < 20 ms; ${end}`)
  }
  if (churn !== null) {
    lines.push(
      `${churn.target}: heap ${digits(churn.earlyMb)} MB after ${churn.calls / 10} calls, ${digits(churn.lateMb)} MB after ${churn.calls}`,
    )
  }
  return ['', ...lines]
}

function verdictLine({ what, limit, found, verdict }: Verdict): string {
  return `  ${verdict.padEnd(13)} ${what.padEnd(66)} ${limit.padEnd(13)} ${found}`.trimEnd()
}

function line(label: string, cells: readonly string[]): string {
  return (label.padEnd(LABEL_WIDTH + 4) + cells.map((cell) => cell.padEnd(CELL_WIDTH)).join('')).trimEnd()
}

/** The ratio to the bare bridge first, where there is one. */
function beside(ratio: number | undefined, value: number): string {
  return ratio === undefined ? digits(value) : `${ratio.toFixed(2)} ×  (${digits(value)})`
}

function list(...values: readonly number[]): string {
  return values.map(digits).join(' / ')
}

function spread(summary: Summary | null): string {
  return summary === null ? '–' : list(summary.p50, summary.p99, summary.max)
}

function percent(share: number | null): string {
  return share === null ? '–' : digits(Math.round(share * 100))
}

function framesCell({ lost, doubled, reordered, foreign, received }: FrameCounts): string {
  return `${lost}/${doubled}/${reordered}/${foreign} of ${received}`
}
