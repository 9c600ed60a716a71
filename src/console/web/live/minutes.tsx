/** How long a call has lasted; it moves on every second. */
import { useSyncExternalStore } from 'react'
import { duration, spokenDuration } from '../words/format.ts'

let second = Math.floor(Date.now() / 1000)
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** One timer for the whole wall. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    second = Math.floor(Date.now() / 1000)
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

export function Minutes({ from }: { from: number }) {
  const now = useSyncExternalStore(subscribe, () => second)
  const ms = Math.max(0, now * 1000 - from)
  return (
    <span className="figure live-minutes" title={spokenDuration(ms)}>
      {duration(ms)}
    </span>
  )
}
