/** Hours and days along the foot of a chart. */
import type { ScaleOptions } from '@observablehq/plot'

/** A whole number of hours or days, so that the last bar has its room; as many labels as fit. */
export function timeAxis(by: 'hour' | 'day', from: number, to: number, width: number): ScaleOptions {
  const end = new Date(to)
  if (by === 'hour') end.setMinutes(59, 59, 999)
  else end.setHours(23, 59, 59, 999)
  return {
    type: 'time',
    domain: [new Date(from), end],
    label: null,
    ticks: Math.max(2, Math.min(7, Math.floor(width / 80))),
    tickFormat: (at: Date) =>
      by === 'hour'
        ? at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
        : at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' }),
  }
}

export function bucketWords(at: Date, by: 'hour' | 'day'): string {
  return by === 'hour'
    ? at.toLocaleString('en-GB', {
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        hour: '2-digit',
        minute: '2-digit',
      })
    : at.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })
}
