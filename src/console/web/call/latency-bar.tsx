/** What the wait for a reply was made of. */
import { wait } from '../words/format.ts'
import type { LineOf } from './story.ts'

type Latency = NonNullable<LineOf<'agent'>['latency']>

const PARTS = [
  {
    key: 'turnEndMs',
    name: 'End of turn',
    means: 'from the caller’s last sound until it was clear that they had finished',
  },
  { key: 'modelMs', name: 'Model', means: 'until the model’s first audio came' },
  { key: 'sendMs', name: 'Sending', means: 'until it went out' },
  { key: 'lineMs', name: 'Line', means: 'until the caller heard it' },
] as const

/** @param longestMs the longest wait of the call: the whole width */
export function LatencyBar({ latency, longestMs }: { latency: Latency; longestMs: number }) {
  const parts = PARTS.flatMap(({ key, name }) => {
    const ms = latency[key]
    return ms === null ? [] : [{ key, name, ms }]
  })
  const totalMs = latency.totalMs ?? parts.reduce((sum, { ms }) => sum + ms, 0)
  return (
    <div className="latency">
      <span className="latency-bar" aria-hidden="true">
        {parts.map(({ key, name, ms }) => (
          <span
            key={key}
            className={`latency-part latency-${key}`}
            title={`${name}: ${wait(ms)}`}
            style={{ width: `${(100 * Math.max(0, ms)) / Math.max(1, longestMs)}%` }}
          />
        ))}
      </span>
      <span className="latency-total figure">{wait(totalMs)}</span>
      <span className="visually-hidden">
        {latency.totalMs === null ? 'First words ready in' : 'Wait for this reply:'} {wait(totalMs)}.{' '}
        {parts.map(({ name, ms }) => `${name} ${wait(ms)}`).join(', ')}
      </span>
    </div>
  )
}

export function LatencyLegend() {
  return (
    <ul className="legend" aria-label="What a wait is made of">
      {PARTS.map(({ key, name, means }) => (
        <li key={key} title={`${name}: ${means}`}>
          <span className={`swatch latency-${key}`} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  )
}

export function longestWait(latencies: readonly (Latency | null)[]): number {
  return Math.max(
    1000,
    ...latencies.flatMap((each) =>
      each === null ? [] : [each.totalMs ?? (each.turnEndMs ?? 0) + (each.modelMs ?? 0) + each.sendMs + each.lineMs],
    ),
  )
}
