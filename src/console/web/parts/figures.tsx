/** Times, lengths, money and numbers, each the same on every page. */
import { useSyncExternalStore } from 'react'
import { ago, duration, exactMoment, moment, money, phoneNumber, spokenDuration, wait } from '../words/format.ts'

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** The present, which moves on every half minute; one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, 30_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** When something was. `ago`: how long since. */
export function Time({ at, as = 'moment' }: { at: number; as?: 'moment' | 'ago' }) {
  const present = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={exactMoment(at)}>
      {as === 'ago' ? ago(at, present) : moment(at, present)}
    </time>
  )
}

/** A length of call time, as 4:05. */
export function Duration({ ms }: { ms: number }) {
  return (
    <span className="figure" title={spokenDuration(ms)}>
      {duration(ms)}
    </span>
  )
}

/** A wait, as 840 ms or 1.24 s. */
export function Wait({ ms }: { ms: number | null }) {
  return ms === null ? <None /> : <span className="figure">{wait(ms)}</span>
}

export function Money({ usd }: { usd: number | null }) {
  return usd === null ? <None /> : <span className="figure">{money(usd)}</span>
}

/** A caller's or a called number; for viewers the server has masked it. */
export function PhoneNumber({ number }: { number: string }) {
  if (number === '') return <None />
  const masked = /[•*]/.test(number)
  return (
    <span className="figure" title={masked ? 'Masked: your role does not show whole numbers' : undefined}>
      {phoneNumber(number)}
    </span>
  )
}

export function None() {
  return (
    <>
      <span aria-hidden="true" className="muted">
        –
      </span>
      <span className="visually-hidden">none</span>
    </>
  )
}
