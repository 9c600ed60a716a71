/**
 * What the calls of a day have cost, by agent and by caller, added up as events pass and seeded from the call log: a webhook
 * asks it without waiting for any disk. A call counts for the day on which it began, from midnight in its agent's zone.
 */
import type { Agent } from '../agents/agent.ts'
import { dayStart } from '../agents/days.ts'
import type { CallEvent } from '../call/events.ts'

/** Which budget of a day is spent. */
export type SpentBudget = 'agent' | 'caller'

export interface SpendingParts {
  /** The agent that a live call is held by; null when the call is over. */
  readonly agentOf: (callId: string) => Agent | null
  /** A live call must come to its end. Told once a call. */
  readonly onSpent: (callId: string, budget: SpentBudget) => void
  /** ms since 1970 */
  readonly wallClock: () => number
}

/** What a store says that was spent. */
interface KeptSum {
  readonly agent: string
  readonly from: string
  readonly usd: number
}

interface OpenCall {
  readonly agent: string
  readonly caller: string
  readonly startedAt: number
  spentUsd: number
  /** What its last reply cost: the next one, which may be under way, costs about as much. */
  rateUsd: number
  told: boolean
}

/** One agent's day. */
interface Day {
  readonly since: number
  usd: number
  readonly callers: Map<string, number>
}

type Forecast = Pick<Day, 'usd' | 'callers'>
type Limited = Pick<Agent, 'name' | 'hours' | 'limits'>

export class Spending {
  readonly #parts: SpendingParts
  readonly #open = new Map<string, OpenCall>()
  readonly #days = new Map<string, Day>()

  constructor(parts: SpendingParts) {
    this.#parts = parts
  }

  /** Every event of every call, as it is recorded. */
  take({ callId, at, body }: CallEvent): void {
    if (body.type === 'call-started') {
      const { agent, from } = body
      const call = { agent, caller: callerOf(from), startedAt: at, spentUsd: 0, rateUsd: 0, told: false }
      this.#open.set(callId, call)
      return
    }
    const call = this.#open.get(callId)
    if (call === undefined) return
    if (body.type === 'response-ended' && body.costUsd !== null) {
      call.rateUsd = body.costUsd
      this.#add(callId, call, body.costUsd)
    }
    if (body.type !== 'call-ended') return
    // What no reply cost, such as the writing down of the caller's words.
    if (body.costUsd !== null) this.#add(callId, call, Math.max(0, body.costUsd - call.spentUsd))
    this.#open.delete(callId)
  }

  /** Which budget of a day would not bear another call of this caller. Replies under way count as if they had ended. */
  spentOf(agent: Limited, from: string): SpentBudget | null {
    return hasDayLimit(agent.limits) ? judge(agent.limits, this.#forecast(agent), callerOf(from)) : null
  }

  /**
   * Learns what a store knows: at the start, and again when other servers write to the same one. What was added up here while
   * the store was asked is not in its answer. Spending never falls: what is erased was spent all the same.
   * @param ask what calls that began at or after a moment cost
   */
  async learn(agents: readonly Limited[], ask: (since: number) => Promise<readonly KeptSum[]>): Promise<void> {
    const limited = agents.filter(({ limits }) => hasDayLimit(limits))
    for (const since of new Set(limited.map((agent) => this.#dayOf(agent).since))) {
      const before = new Map(limited.map((agent) => [agent.name, copyOf(this.#dayOf(agent))]))
      const sums = await ask(since)
      for (const agent of limited) {
        const day = this.#dayOf(agent)
        const then = before.get(agent.name)
        if (then === undefined || then.since !== since || day.since !== since) continue
        merge(
          day,
          then,
          sums.filter((sum) => sum.agent === agent.name),
        )
      }
    }
  }

  #add(callId: string, call: OpenCall, usd: number): void {
    call.spentUsd += usd
    const agent = this.#parts.agentOf(callId)
    if (agent === null || usd === 0) return
    const day = this.#dayOf(agent)
    if (call.startedAt < day.since) return
    day.usd += usd
    day.callers.set(call.caller, (day.callers.get(call.caller) ?? 0) + usd)
    if (!hasDayLimit(agent.limits)) return
    // Many calls at once would each spend a little more than is left: all are told as soon as it is not enough for all.
    const forecast = this.#forecast(agent)
    for (const [otherId, other] of this.#open) {
      if (other.agent !== call.agent || other.told) continue
      const pinned = this.#parts.agentOf(otherId)
      const spent = pinned === null ? null : judge(pinned.limits, forecast, other.caller)
      if (spent === null) continue
      other.told = true
      this.#parts.onSpent(otherId, spent)
    }
  }

  /** What the day will have cost when the replies under way have ended. */
  #forecast(agent: Limited): Forecast {
    const day = this.#dayOf(agent)
    const callers = new Map(day.callers)
    let { usd } = day
    for (const { agent: name, caller, startedAt, rateUsd } of this.#open.values()) {
      if (name !== agent.name || startedAt < day.since) continue
      usd += rateUsd
      callers.set(caller, (callers.get(caller) ?? 0) + rateUsd)
    }
    return { usd, callers }
  }

  #dayOf({ name, hours }: Pick<Agent, 'name' | 'hours'>): Day {
    const since = dayStart(hours?.zone ?? 'UTC', this.#parts.wallClock())
    const known = this.#days.get(name)
    if (known !== undefined && known.since === since) return known
    const day = { since, usd: 0, callers: new Map() }
    this.#days.set(name, day)
    return day
  }
}

function judge(
  { maxCostUsdPerDay, maxCostUsdPerCallerPerDay }: Agent['limits'],
  { usd, callers }: Forecast,
  caller: string,
): SpentBudget | null {
  if (maxCostUsdPerDay !== null && usd >= maxCostUsdPerDay) return 'agent'
  const callerUsd = callers.get(caller) ?? 0
  return maxCostUsdPerCallerPerDay !== null && callerUsd >= maxCostUsdPerCallerPerDay ? 'caller' : null
}

function hasDayLimit({ maxCostUsdPerDay, maxCostUsdPerCallerPerDay }: Agent['limits']): boolean {
  return maxCostUsdPerDay !== null || maxCostUsdPerCallerPerDay !== null
}

/** Calls without a number count as one caller. */
function callerOf(from: string): string {
  return /^(\+\d|sips?:)/.test(from) ? from : ''
}

function copyOf(day: Day): Day {
  return { ...day, callers: new Map(day.callers) }
}

/** @param then the day as it was when the store was asked */
function merge(day: Day, then: Day, sums: readonly KeptSum[]): void {
  const kept = new Map<string, number>()
  for (const { from, usd } of sums) kept.set(callerOf(from), (kept.get(callerOf(from)) ?? 0) + usd)
  const total = [...kept.values()].reduce((sum, usd) => sum + usd, 0)
  day.usd = Math.max(day.usd, total + (day.usd - then.usd))
  for (const [caller, usd] of kept) {
    const now = day.callers.get(caller) ?? 0
    day.callers.set(caller, Math.max(now, usd + (now - (then.callers.get(caller) ?? 0))))
  }
}
