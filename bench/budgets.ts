/** The budgets of the architecture, section 6, each held against what was measured. */
import { type LoadFigures, spoilt } from './figures.ts'
import type { Results } from './results.ts'
import { ACCEPT_DELAY_MS } from './setup-run.ts'

export interface Verdict {
  readonly what: string
  readonly limit: string
  readonly found: string
  /** `doubted`: over the limit while the generator was late or other programs were busy, so the verdict may be theirs. */
  readonly verdict: 'met' | 'NOT MET' | 'doubted' | 'not measured'
}

/** Three figures that count, and whole numbers as they are. */
export function digits(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const WIRES = [
  { wire: 'g711', cpu: 1.3, carried: 540 },
  { wire: 'pcm16', cpu: 1.7, carried: 350 },
] as const

/** Above it times are as much other programs' as ours. */
const BUSY_LOAD = 1

/** Nothing where a load has no such figure. */
type Figure = (load: LoadFigures) => number | null | undefined

export function judge(results: Results): Verdict[] {
  const all = results.loads.filter((load) => load.target.startsWith('earshot'))
  return [...underLoad(all), ...always(all), ...beside(results, all)]
}

/** What is promised for a number of calls. */
function underLoad(loads: readonly LoadFigures[]): Verdict[] {
  return WIRES.flatMap(({ wire, cpu }) => {
    const at = (calls: number, what: string, limit: number, unit: string, figure: Figure) => {
      const load = loads.find((each) => each.target === `earshot ${wire}` && each.calls === calls)
      return most(`${what}, ${wire}, ${calls} calls`, load === undefined ? [] : [load], figure, limit, unit)
    }
    const cpuRatio = ({ ratios }: LoadFigures) => ratios?.cpu
    const latencyRatio = ({ ratios }: LoadFigures) => ratios && Math.max(ratios.upP99, ratios.downP99)
    return [
      at(100, 'CPU a call-minute', cpu, ' × bare', cpuRatio),
      at(300, 'CPU a call-minute', cpu, ' × bare', cpuRatio),
      at(50, 'media latency p99, the worse way', 2, ' ms', ({ up, down }) => Math.max(up.p99, down.p99)),
      at(300, 'media latency p99, the worse way', 1.7, ' × bare', latencyRatio),
      at(300, 'longest event-loop stop', 10, ' ms', (load) => load.loopStopMaxMs),
      at(100, 'speech started → clear, p99', 2, ' ms', (load) => load.clear?.p99),
    ]
  })
}

/** What is promised however many calls there are: loads in doubt are left out where others tell. */
function always(all: readonly LoadFigures[]): Verdict[] {
  const calm = all.filter((load) => load.doubts.length === 0)
  const loads = calm.length === 0 ? all : calm
  return [
    most('frames of old audio after a clear', loads, (load) => load.oldFrames, 0, ''),
    most('truncation against what was played, p50', loads, (load) => load.truncation?.p50, 5, ' ms'),
    most('truncation against what was played, max', loads, (load) => load.truncation?.max, 20, ' ms'),
    most('errors the model had to send, and other troubles', loads, troubles, 0, ''),
    most('frames lost, doubled, out of order or made up', loads, spoilt, 0, ''),
    most('function call → answer, p50', loads, (load) => load.tool?.p50, 0.5, ' ms'),
  ]
}

function beside(results: Results, all: readonly LoadFigures[]): Verdict[] {
  const ours = <T extends { readonly target: string }>(list: readonly T[]) =>
    list.filter((each) => each.target.startsWith('earshot'))
  const setups = ours(results.setups)
  const starts = ours(results.starts)
  const { resampler, churn } = results
  // Of these nobody knows what else ran meanwhile, only what had run just before.
  const busy = results.machine.loadAverage > BUSY_LOAD
  const connecting = `while the model takes ${ACCEPT_DELAY_MS} ms to connect`
  const verdicts = [
    verdict(`caller's words lost ${connecting}`, worst(setups.map((setup) => setup.lostMs)), 0, ' ms'),
    verdict(`webhook → session, p95, ${connecting}`, worst(setups.map((setup) => setup.configured?.p95)), 270, ' ms'),
    verdict('webhook → TwiML, p99', worst(setups.map((setup) => setup.twiml?.p99)), 50, ' ms'),
    ...WIRES.map(({ wire, carried }) => {
      const found = results.sustained.find((each) => each.target === `earshot ${wire}`)?.calls
      const judged = verdict(`calls carried with p99 < 20 ms, ${wire}`, found, carried, '')
      if (found === undefined) return { ...judged, limit: `≥ ${carried}` }
      return { ...judged, limit: `≥ ${carried}`, verdict: found >= carried ? ('met' as const) : ('NOT MET' as const) }
    }),
    verdict('memory when idle', worst(starts.map((start) => start.idleMb ?? undefined)), 100, ' MB'),
    verdict('memory a call, resident', worst(WIRES.map(({ wire }) => mbPerCall(all, wire))), 0.3, ' MB'),
    verdict('growth of the heap over many calls', churn?.grownMb, 3, ' MB'),
    verdict('start → listening', worst(starts.map((start) => start.readyMs)), 600, ' ms'),
    verdict('resampler, a frame', Math.max(resampler.upUs, resampler.downUs), 3, ' µs'),
    verdict('resampler, delay', Math.max(resampler.upDelayMs, resampler.downDelayMs), 2.5, ' ms'),
  ]
  return verdicts.map((each) => (busy && each.verdict === 'NOT MET' && /s$/.test(each.limit) ? doubt(each) : each))
}

function doubt(judged: Verdict): Verdict {
  return { ...judged, verdict: 'doubted' }
}

/** @returns the verdict on the load that does worst */
function most(what: string, loads: readonly LoadFigures[], figure: Figure, limit: number, unit: string): Verdict {
  const judged = verdict(what, worst(loads.map((load) => figure(load) ?? undefined)), limit, unit)
  const doubted = judged.verdict === 'NOT MET' && loads.every((load) => load.doubts.length > 0)
  return doubted ? doubt(judged) : judged
}

function verdict(what: string, value: number | null | undefined, limit: number, unit: string): Verdict {
  const shown = `≤ ${limit}${unit}`
  if (value === undefined || value === null) return { what, limit: shown, found: '', verdict: 'not measured' }
  return { what, limit: shown, found: `${digits(value)}${unit}`, verdict: value <= limit ? 'met' : 'NOT MET' }
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  const known = values.flatMap((value) => (value === undefined || Number.isNaN(value) ? [] : [value]))
  return known.length === 0 ? undefined : Math.max(...known)
}

function troubles(load: LoadFigures): number {
  return Object.values(load.troubles).reduce((sum, times) => sum + times, 0)
}

/** What each further call takes: from the smallest load to the largest, so that what a warm server takes is not counted. */
function mbPerCall(loads: readonly LoadFigures[], wire: string): number | undefined {
  const own = loads.filter((load) => load.target === `earshot ${wire}`).sort((a, b) => a.calls - b.calls)
  const [least, last] = [own[0], own[own.length - 1]]
  if (least === undefined || last === undefined || least === last) return undefined
  return (last.rssMb - least.rssMb) / (last.calls - least.calls)
}
