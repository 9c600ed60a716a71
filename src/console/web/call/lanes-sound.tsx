/** The sound of both sides: as bars where it is known, else when each spoke. */
import { useMemo } from 'react'
import type { Peaks } from '../../contract/calls.ts'
import type { Lanes, Span } from './lanes.ts'
import { bytesOfBase64, columns } from './loudness.ts'
import { placeOf, type ViewWindow } from './view-window.ts'

const LANE = 56
const BAR = 3

export function LanesSound({
  lanes,
  peaks,
  view,
  width,
}: {
  lanes: Lanes
  peaks: Peaks | null
  view: ViewWindow
  width: number
}) {
  const decoded = useMemo(
    () => (peaks === null ? null : { caller: bytesOfBase64(peaks.caller), agent: bytesOfBase64(peaks.agent) }),
    [peaks],
  )
  return (
    <div className="lanes-sound">
      {(['caller', 'agent'] as const).map((side) => (
        <div key={side} className={`lane lane-${side}`}>
          {decoded === null || peaks === null ? (
            lanes[side].map((span) => <span key={span.fromMs} className="lane-span" style={spanStyle(view, span)} />)
          ) : (
            <svg viewBox={`0 0 ${Math.max(1, width)} ${LANE}`} preserveAspectRatio="none" focusable="false">
              <title>{side}</title>
              <path d={barsOf(columns(decoded[side], peaks.perSecond, view, Math.floor(width / BAR)))} />
            </svg>
          )}
        </div>
      ))}
    </div>
  )
}

/** One path for all bars: a thousand elements would be slower to draw than the call to hear. */
function barsOf(heights: Float32Array): string {
  let path = ''
  for (let at = 0; at < heights.length; at++) {
    // How loud it seems grows more slowly than how loud it is.
    const height = Math.max(1, heights[at]! ** 0.75 * (LANE - 4))
    path += `M${at * BAR} ${((LANE - height) / 2).toFixed(1)}h2v${height.toFixed(1)}h-2z`
  }
  return path
}

/** Where a stretch of the call is on the lanes. */
export function spanStyle(view: ViewWindow, { fromMs, toMs }: Span): { insetInlineStart: string; width: string } {
  const from = placeOf(view, fromMs)
  return { insetInlineStart: `${100 * from}%`, width: `${100 * (placeOf(view, toMs) - from)}%` }
}
