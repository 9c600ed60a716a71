/**
 * The keyboard. A page binds keys while it is shown, and `?` shows what is bound. Single letters can be switched off in the
 * settings: people who speak to their computer would set them off by accident (WCAG 2.1.4).
 */
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { namesOf, type Pressed } from './key-chords.ts'
import { readStored } from './stored.ts'

export interface Binding {
  /** `j`, `Enter`, `Space`, `g c`. */
  readonly key: string
  /** What it does, for the list of keys. */
  readonly does: string
  readonly run: () => void
}

interface Group {
  readonly name: string
  readonly bindings: readonly Binding[]
}

let groups: readonly Group[] = []
const listeners = new Set<() => void>()
let before: Pressed | null = null

function change(next: readonly Group[]): void {
  groups = next
  for (const listener of listeners) listener()
}

/** @param group heading in the list of keys. The latest that binds a key has it. */
export function useKeys(group: string, bindings: readonly Binding[]): void {
  const latest = useRef(bindings)
  latest.current = bindings
  const names = bindings.map(({ key, does }) => `${key}\t${does}`).join('\n')
  // Bound again only when the list of keys itself is another; what a key does is looked up when it is pressed.
  useEffect(() => {
    const mine: Group = {
      name: group,
      bindings: names.split('\n').flatMap((each) => {
        const [key = '', does = ''] = each.split('\t')
        if (key === '') return []
        return [{ key, does, run: () => latest.current.find((binding) => binding.key === key)?.run() }]
      }),
    }
    change([...groups, mine])
    return () => change(groups.filter((each) => each !== mine))
  }, [group, names])
}

export function useBoundKeys(): readonly Group[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => groups,
  )
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (takesKeys(event.target) || document.querySelector('dialog[open]') !== null) return
  if (readStored('keys') === 'off') return
  // Space and Enter belong to the button or the link that has the focus.
  if ((event.key === ' ' || event.key === 'Enter') && isPressable(event.target)) return
  const pressed = { key: event.key, atMs: event.timeStamp }
  const names = namesOf(before, pressed)
  before = pressed
  for (const name of names) {
    const found = groups.flatMap(({ bindings }) => bindings).findLast(({ key }) => key === name)
    if (found === undefined) continue
    event.preventDefault()
    before = null
    found.run()
    return
  }
}

function takesKeys(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable="true"]') !== null
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a[href], summary') !== null
}

/** Called once, by main.tsx. */
export function listenForKeys(): void {
  document.addEventListener('keydown', onKeyDown)
}
