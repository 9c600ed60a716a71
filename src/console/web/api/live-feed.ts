/**
 * The calls in progress, one stream for all pages that show them. A tab that nobody sees lets go of it: browsers open no
 * more than six connections to a server, and a manager has more tabs than that.
 */
import { useSyncExternalStore } from 'react'
import type { LiveMessage } from '../../contract/live.ts'
import { urlOf } from './call.ts'
import { type LiveFeed, takeMessage } from './live-calls.ts'
import { watch } from './watch.ts'

let feed: LiveFeed = { calls: [], ended: [], state: 'connecting', changes: 0 }
let close: (() => void) | null = null
const listeners = new Set<() => void>()

function change(next: LiveFeed): void {
  if (next === feed) return
  feed = next
  for (const listener of listeners) listener()
}

function follow(): void {
  const wanted = listeners.size > 0 && document.visibilityState === 'visible'
  if (!wanted) {
    close?.()
    close = null
  } else if (close === null) {
    close = watch<LiveMessage>(
      urlOf('watchCalls'),
      (message) => change(takeMessage(feed, message)),
      (state) => change(state === feed.state ? feed : { ...feed, state }),
    )
  }
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) document.addEventListener('visibilitychange', follow)
  listeners.add(listener)
  follow()
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) document.removeEventListener('visibilitychange', follow)
    // A page that goes makes room for one that comes: what follows in the same moment keeps the stream.
    setTimeout(follow, 0)
  }
}

export function useLive(): LiveFeed {
  return useSyncExternalStore(subscribe, () => feed)
}
