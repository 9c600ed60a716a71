/**
 * Keeps the table of figures true: hours in which something has changed are counted again from the calls themselves, whoever
 * asks for them next. There is a row for each quarter of an hour (where clocks are set to halves and quarters) and each hour.
 */
import type { Database } from '../database/database.ts'
import { addCall, addSums, addTool, addWait, type FigureSums, noSums } from './figure-sums.ts'
import { writeSums } from './kept-sums.ts'

export const QUARTER_MS = 900_000
export const HOUR_MS = 3_600_000

/** Figures of one agent's version, of calls that began in a stretch of time. */
export interface Slot {
  readonly at: number
  readonly agent: string
  readonly version: string
  readonly sums: FigureSums
}

/** Counts what is stale between two moments. */
export async function countStale(db: Database, from: number, to: number): Promise<void> {
  const stale = await db.kysely
    .selectFrom('stale_figures')
    .selectAll()
    .where('at', '>', from - HOUR_MS)
    .where('at', '<', to)
    .orderBy('at')
    .execute()
  for (const { at, changes } of stale) await countHour(db, at, changes)
}

async function countHour(db: Database, at: number, changes: number): Promise<void> {
  const { kysely } = db
  const quarters = await countCalls(db, at, at + HOUR_MS, QUARTER_MS)
  const rows = [
    ...quarters.map((slot) => ({ span_ms: QUARTER_MS, slot })),
    ...hoursOf(quarters).map((slot) => ({ span_ms: HOUR_MS, slot })),
  ]
  await db.write([
    kysely
      .deleteFrom('figures')
      .where('span_ms', '=', QUARTER_MS)
      .where('at', '>=', at)
      .where('at', '<', at + HOUR_MS)
      .compile(),
    kysely.deleteFrom('figures').where('span_ms', '=', HOUR_MS).where('at', '=', at).compile(),
    ...rows.map(({ span_ms, slot }) => {
      const { sums, ...key } = slot
      const row = { span_ms, ...key, sums: writeSums(sums) }
      // Another server may be counting the same hour.
      return kysely
        .insertInto('figures')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['span_ms', 'at', 'agent', 'version']).doUpdateSet({ sums: row.sums }),
        )
        .compile()
    }),
    // What changed while it was being counted is counted again.
    kysely.deleteFrom('stale_figures').where('at', '=', at).where('changes', '=', changes).compile(),
  ])
}

function hoursOf(quarters: readonly Slot[]): Slot[] {
  const hours = new Slots(HOUR_MS)
  for (const { at, agent, version, sums } of quarters) addSums(hours.of(at, agent, version), sums)
  return hours.all()
}

/** Counts ended calls that began from one moment up to another, straight from their rows. */
export async function countCalls({ kysely }: Database, from: number, to: number, spanMs: number): Promise<Slot[]> {
  const slots = new Slots(spanMs)
  const calls = await kysely
    .selectFrom('calls')
    .select(['call_no', 'started_at', 'agent', 'agent_version', 'outcome', 'end_reason', 'duration_ms', 'turns'])
    .select(['interruptions', 'dead_air_ms', 'tool_calls', 'tools_failed', 'cost_usd', 'repeat_call'])
    .where('started_at', '>=', from)
    .where('started_at', '<', to)
    .where('ended_at', 'is not', null)
    .orderBy('started_at')
    .execute()
  const slotOf = new Map(
    calls.map((call) => [call.call_no, slots.of(call.started_at, call.agent, call.agent_version)] as const),
  )
  for (const call of calls) addCall(slots.of(call.started_at, call.agent, call.agent_version), call)
  for (const callNos of inGroups([...slotOf.keys()])) {
    const [turns, tools] = await Promise.all([
      kysely
        .selectFrom('turns')
        .select(['call_no', 'reply_ms', 'turn_end_ms', 'model_ms', 'send_ms', 'line_ms'])
        .where('call_no', 'in', callNos)
        .where('line_ms', 'is not', null)
        .execute(),
      kysely
        .selectFrom('tool_calls')
        .select(['call_no', 'name', 'status', 'took_ms'])
        .where('call_no', 'in', callNos)
        .execute(),
    ])
    for (const turn of turns) {
      const sums = slotOf.get(turn.call_no)
      if (sums === undefined) continue
      addWait(sums, 'reply', turn.reply_ms)
      addWait(sums, 'turnEnd', turn.turn_end_ms)
      addWait(sums, 'model', turn.model_ms)
      addWait(sums, 'send', turn.send_ms)
      addWait(sums, 'line', turn.line_ms)
    }
    for (const tool of tools) {
      const sums = slotOf.get(tool.call_no)
      if (sums !== undefined) addTool(sums, tool)
    }
  }
  return slots.all()
}

/** So few at a time that adding them up never holds the event loop for long. */
const AT_A_TIME = 100

function* inGroups(callNos: readonly number[]): Generator<number[]> {
  for (let i = 0; i < callNos.length; i += AT_A_TIME) yield callNos.slice(i, i + AT_A_TIME)
}

class Slots {
  readonly #spanMs: number
  readonly #slots = new Map<string, Slot>()
  constructor(spanMs: number) {
    this.#spanMs = spanMs
  }

  of(startedAt: number, agent: string, version: string): FigureSums {
    const at = Math.floor(startedAt / this.#spanMs) * this.#spanMs
    const key = JSON.stringify([at, agent, version])
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      slot = { at, agent, version, sums: noSums() }
      this.#slots.set(key, slot)
    }
    return slot.sums
  }

  all(): Slot[] {
    return [...this.#slots.values()]
  }
}
