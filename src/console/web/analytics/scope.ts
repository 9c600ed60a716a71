/** What the page of figures is of, as its address says it. */
import { isPreset, midnight, type Preset, spanOf } from '../calls/time-span.ts'

export interface AnalyticsState {
  readonly since: Preset
  readonly agents: readonly string[]
  /** Two versions of an agent, `agent@version`, to be compared; empty: the two that answered most. */
  readonly compare: readonly string[]
}

export function readScope(search: string): AnalyticsState {
  const query = new URLSearchParams(search)
  const since = query.get('since')
  return {
    since: isPreset(since) ? since : '7d',
    agents: query.getAll('agents').filter((agent) => agent !== ''),
    compare: query
      .getAll('compare')
      .filter((each) => each.includes('@'))
      .slice(0, 2),
  }
}

export function writeScope(state: AnalyticsState): string {
  const query = new URLSearchParams()
  if (state.since !== '7d') query.set('since', state.since)
  for (const agent of state.agents) query.append('agents', agent)
  for (const version of state.compare) query.append('compare', version)
  return query.toString()
}

const STEP_MS = 5 * 60_000

/** Times to ask for. They end at the next five minutes, so that the same page asks the same for a while. */
export function timesOf(since: Preset, now: number): { from: number; to: number; by: 'hour' | 'day' } {
  const { from, to } = spanOf(since, now)
  const end = to ?? Math.ceil(now / STEP_MS) * STEP_MS
  return { from, to: end, by: end - from <= 2 * 86_400_000 && from >= midnight(now, 1) ? 'hour' : 'day' }
}
