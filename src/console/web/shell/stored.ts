/** Small choices of one person at one browser, in local storage; where there is none they last as long as the page. */
import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
const fallback = new Map<string, string>()
const PREFIX = 'earshot-'

export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return fallback.get(name) ?? null
  }
}

function store(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, value)
  } catch {
    if (value === null) fallback.delete(name)
    else fallback.set(name, value)
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

export function useStored(name: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(subscribe, () => readStored(name))
  return [value, (next) => store(name, next)]
}
