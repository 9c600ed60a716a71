/** Short messages that come and go: what was done, and what went wrong. */
import { useSyncExternalStore } from 'react'
import { wordsOf } from '../api/call.ts'
import { Icon } from '../parts/icon.tsx'

interface Toast {
  readonly id: number
  readonly kind: 'done' | 'trouble'
  readonly text: string
}

const SHOWN_MS = 6000
let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function change(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

/** Trouble stays until it is put away; what was done goes by itself. */
export function toast(text: string, kind: Toast['kind'] = 'done'): void {
  lastId += 1
  const id = lastId
  change([...toasts.slice(-3), { id, kind, text }])
  if (kind === 'done') setTimeout(() => change(toasts.filter((each) => each.id !== id)), SHOWN_MS)
}

export function toastError(error: unknown): void {
  toast(wordsOf(error), 'trouble')
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, kind, text }) => (
        <div key={id} className={`toast toast-${kind}`}>
          <span>{text}</span>
          <button
            type="button"
            className="icon-button"
            aria-label="Put away"
            onClick={() => change(toasts.filter((each) => each.id !== id))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
