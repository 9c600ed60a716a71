/**
 * The call on two lanes, the caller above and the agent below: the sound as bars where it is known, else when each spoke;
 * with overlaps, cuts, silences, tools and notes in their places, and the play head, which is a slider.
 */
import { useQuery } from '@tanstack/react-query'
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import type { Note } from '../../../call-log/rows.ts'
import { call } from '../api/call.ts'
import { duration } from '../words/format.ts'
import { place, TOOL_WORDS } from './call-words.ts'
import type { Lanes, Span } from './lanes.ts'
import './lanes.css'
import { LanesHead } from './lanes-head.tsx'
import { LanesSound, spanStyle } from './lanes-sound.tsx'
import type { Playhead } from './playhead.ts'
import { follow, placeOf, ticks, timeAt, type ViewWindow, wholeCall, zoom } from './view-window.ts'

export function LanesView(props: {
  readonly callId: string
  readonly lanes: Lanes
  readonly notes: readonly Note[]
  readonly durationMs: number
  readonly head: Playhead
  /** There is a recording, and the reader may know how it sounds. */
  readonly drawn: boolean
}) {
  const { callId, lanes, durationMs, head, drawn } = props
  const peaks = useQuery({
    queryKey: ['peaks', callId],
    queryFn: () => call('drawRecording', { params: { callId } }),
    enabled: drawn,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const surface = useRef<HTMLDivElement>(null)
  const width = useWidth(surface)
  const [chosen, setView] = useState<ViewWindow | null>(null)
  const view = chosen ?? wholeCall(durationMs)
  useFollow(head, durationMs, chosen, setView)
  const length = view.toMs - view.fromMs
  const rows = Math.max(0, ...lanes.tools.map(({ row }) => row + 1))
  const seek = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect()
    head.seek(timeAt(view, (event.clientX - box.left) / Math.max(1, box.width)))
  }
  const at = (span: Span) => spanStyle(view, span)
  const zoomBy = (factor: number): void => {
    const next = zoom(view, factor, head.timeMs, durationMs)
    setView(next.toMs - next.fromMs >= durationMs ? null : next)
  }
  return (
    <div className="lanes">
      <div className="lanes-names" aria-hidden="true">
        <span>Caller</span>
        <span>Agent</span>
        {rows > 0 && <span>Tools</span>}
      </div>
      <div
        ref={surface}
        className="lanes-surface"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          seek(event)
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) seek(event)
        }}
      >
        <div className="lanes-drawing" aria-hidden="true">
          {lanes.silences.map((span) => (
            <span key={span.fromMs} className="lane-silence" style={at(span)} title={`Silence of ${seconds(span)}`}>
              <span>{seconds(span)}</span>
            </span>
          ))}
          {lanes.overlaps.map((span) => (
            <span
              key={span.fromMs}
              className="lane-overlap"
              style={at(span)}
              title={`Both spoke, for ${seconds(span)}`}
            />
          ))}
          <LanesSound lanes={lanes} peaks={peaks.data ?? null} view={view} width={width} />
          {lanes.cuts.map((ms) => (
            <span key={ms} className="lane-cut" style={pointStyle(view, ms)} title="The agent was cut off here" />
          ))}
          {props.notes.map((note) =>
            note.atMs === null ? null : (
              <span key={note.noteId} className="lane-note" style={pointStyle(view, note.atMs)} title={note.text} />
            ),
          )}
          {rows > 0 && (
            <div className="lanes-tools" style={{ height: `${rows * 18}px` }}>
              {lanes.tools.map((tool) => (
                <span
                  key={tool.toolCallId}
                  className={`lane-tool lane-tool-${toneOf(tool.status)}${placeOf(view, tool.toMs) > 0.85 ? ' lane-tool-late' : ''}`}
                  style={{ ...at(tool), top: `${tool.row * 18}px` }}
                  title={`${tool.name}, ${seconds(tool)}`}
                >
                  <span>{tool.name}</span>
                </span>
              ))}
            </div>
          )}
          <div className="lanes-ruler">
            {ticks(view, width, 64).map((ms) => (
              <span key={ms} style={{ insetInlineStart: `${100 * placeOf(view, ms)}%` }}>
                {length < 10_000 && ms % 1000 !== 0 ? `${place(ms)}.5` : place(ms)}
              </span>
            ))}
          </div>
        </div>
        <LanesHead head={head} view={view} durationMs={durationMs} lanes={lanes} />
      </div>
      <div className="lanes-zoom">
        <button
          type="button"
          className="icon-button"
          aria-label="Show less of the call, larger"
          disabled={length <= 4000}
          onClick={() => zoomBy(0.5)}
        >
          +
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Show more of the call"
          disabled={chosen === null}
          onClick={() => zoomBy(2)}
        >
          −
        </button>
      </div>
    </div>
  )
}

function pointStyle(view: ViewWindow, ms: number): { insetInlineStart: string } {
  return { insetInlineStart: `${100 * placeOf(view, ms)}%` }
}

function seconds({ fromMs, toMs }: Span): string {
  const ms = toMs - fromMs
  return ms >= 60_000 ? duration(ms) : `${(ms / 1000).toFixed(1)} s`
}

function toneOf(status: string | null): string {
  const known = Object.entries(TOOL_WORDS).find(([name]) => name === status)
  return known?.[1].tone ?? 'plain'
}

/** A view that shows a part of the call goes along with the play head. */
function useFollow(
  head: Playhead,
  durationMs: number,
  chosen: ViewWindow | null,
  setView: (view: ViewWindow) => void,
): void {
  useEffect(() => {
    if (chosen === null) return
    return head.subscribe(() => {
      const next = follow(chosen, head.timeMs, durationMs)
      if (next !== chosen) setView(next)
    })
  }, [head, durationMs, chosen, setView])
}

function useWidth(of: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = of.current
    if (element === null) return
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [of])
  return width
}
