/** Which stretch of a call the lanes show: all of it, or a part that goes along with the play head. */

export interface ViewWindow {
  readonly fromMs: number
  readonly toMs: number
}

const SHORTEST_MS = 4000

export function wholeCall(durationMs: number): ViewWindow {
  return { fromMs: 0, toMs: Math.max(1, durationMs) }
}

/** @param factor below 1 shows less, above 1 more; what is at `aroundMs` stays where it is on the screen */
export function zoom(view: ViewWindow, factor: number, aroundMs: number, durationMs: number): ViewWindow {
  const length = view.toMs - view.fromMs
  const wanted = Math.min(Math.max(1, durationMs), Math.max(SHORTEST_MS, length * factor))
  const share = Math.min(1, Math.max(0, (aroundMs - view.fromMs) / length))
  return within({ fromMs: aroundMs - share * wanted, toMs: aroundMs + (1 - share) * wanted }, durationMs)
}

export function pan(view: ViewWindow, byMs: number, durationMs: number): ViewWindow {
  return within({ fromMs: view.fromMs + byMs, toMs: view.toMs + byMs }, durationMs)
}

/** Turns a page when the play head leaves the view. */
export function follow(view: ViewWindow, atMs: number, durationMs: number): ViewWindow {
  if (atMs >= view.fromMs && atMs < view.toMs) return view
  const length = view.toMs - view.fromMs
  return within({ fromMs: atMs - length * 0.1, toMs: atMs + length * 0.9 }, durationMs)
}

function within(view: ViewWindow, durationMs: number): ViewWindow {
  const length = Math.min(view.toMs - view.fromMs, Math.max(1, durationMs))
  const fromMs = Math.min(Math.max(0, view.fromMs), Math.max(1, durationMs) - length)
  return { fromMs, toMs: fromMs + length }
}

/** @returns 0 at the left edge, 1 at the right; beyond them when it is out of view */
export function placeOf(view: ViewWindow, atMs: number): number {
  return (atMs - view.fromMs) / (view.toMs - view.fromMs)
}

export function timeAt(view: ViewWindow, share: number): number {
  return view.fromMs + share * (view.toMs - view.fromMs)
}

/** Round times for the ruler, at least `leastPx` apart. */
export function ticks(view: ViewWindow, widthPx: number, leastPx: number): readonly number[] {
  const least = ((view.toMs - view.fromMs) / Math.max(1, widthPx)) * leastPx
  const step = STEPS_MS.find((each) => each >= least) ?? STEPS_MS.at(-1)!
  const first = Math.ceil(view.fromMs / step) * step
  return Array.from({ length: Math.max(0, Math.floor((view.toMs - first) / step) + 1) }, (_, at) => first + at * step)
}

const STEPS_MS = [500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000]
