/** The play head on the lanes, which is a slider. */
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { spokenDuration } from '../words/format.ts'
import type { Lanes, Span } from './lanes.ts'
import { type Playhead, useHead } from './playhead.ts'
import { placeOf, type ViewWindow } from './view-window.ts'

/** It moves without anything else being drawn again. */
export function LanesHead({
  head,
  view,
  durationMs,
  lanes,
}: {
  head: Playhead
  view: ViewWindow
  durationMs: number
  lanes: Lanes
}) {
  const line = useRef<HTMLDivElement>(null)
  const second = useHead(head, ({ timeMs }) => Math.floor(timeMs / 1000))
  useEffect(() => {
    const move = (): void => {
      const share = placeOf(view, head.timeMs)
      if (line.current === null) return
      line.current.style.insetInlineStart = `${100 * share}%`
      line.current.style.visibility = share < 0 || share > 1 ? 'hidden' : 'visible'
    }
    move()
    return head.subscribe(move)
  }, [head, view])
  const step = (event: KeyboardEvent): void => {
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: head.timeMs - 5000,
      ArrowRight: head.timeMs + 5000,
      ArrowDown: head.timeMs - 1000,
      ArrowUp: head.timeMs + 1000,
      PageDown: head.timeMs - 30_000,
      PageUp: head.timeMs + 30_000,
      Home: 0,
      End: durationMs,
    }
    const atMs = to[event.key]
    if (atMs === undefined) return
    event.preventDefault()
    head.seek(atMs)
  }
  const inside = (spans: readonly Span[]): boolean =>
    spans.some(({ fromMs, toMs }) => fromMs <= second * 1000 + 999 && toMs > second * 1000)
  const who = [inside(lanes.caller) ? 'the caller speaks' : '', inside(lanes.agent) ? 'the agent speaks' : '']
    .filter((each) => each !== '')
    .join(' and ')
  return (
    <div
      ref={line}
      className="lanes-head"
      role="slider"
      tabIndex={0}
      aria-label="Place in the call"
      aria-valuemin={0}
      aria-valuemax={Math.floor(durationMs / 1000)}
      aria-valuenow={second}
      aria-valuetext={`${spokenDuration(second * 1000)} of ${spokenDuration(durationMs)}${who === '' ? '' : `, ${who}`}`}
      onKeyDown={step}
    />
  )
}
