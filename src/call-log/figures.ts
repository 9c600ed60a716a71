/** Figures over many calls, made of the sums of hours; what lies in a part of an hour only is counted from the calls. */
import { type SqlBool, sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { countCalls, countStale, HOUR_MS, QUARTER_MS, type Slot } from './count-figures.ts'
import { addSums, type FigureSums, figureSet, noSums } from './figure-sums.ts'
import { percentileOf } from './histogram.ts'
import { addKeptSums, readSums } from './kept-sums.ts'
import { type Figures, FiguresQuery } from './query.ts'
import { type Zone, zoneOf } from './zones.ts'

type Asked = ReturnType<typeof FiguresQuery.parse>

/** Rows read and added up at a time: the event loop goes on in between. */
const AT_A_TIME = 300
/** Of longer stretches of time, only what lies between the first call and the last is shown hour by hour, or day by day. */
const MOST_IN_SERIES = 1000

/** @throws RangeError when there is no such zone */
export async function readFigures(db: Database, asked: FiguresQuery): Promise<Figures> {
  const query = FiguresQuery.parse(asked)
  const zone = zoneOf(query.zone)
  const { from, to } = await shownOf(db, query, zone)
  const begins = beginnings(zone, query.by, from, to)
  const gathered = new Gathered(begins, zone)
  await countStale(db, from, to)
  // Where clocks are half or a quarter of an hour apart from UTC, the sums of its hours do not fit.
  const spanMs = begins.every((at) => zone.offsetMs(at) % HOUR_MS === 0) ? HOUR_MS : QUARTER_MS
  const full = { from: Math.ceil(from / spanMs) * spanMs, to: Math.floor(to / spanMs) * spanMs }
  if (full.from >= full.to) {
    gathered.add(await countPart(db, query, from, to))
  } else {
    gathered.add(await countPart(db, query, from, full.from))
    await addKept(db, query, full, spanMs, gathered)
    gathered.add(await countPart(db, query, full.to, to))
  }
  return gathered.finish(to)
}

async function shownOf(
  { kysely }: Database,
  { from, to, by }: Asked,
  zone: Zone,
): Promise<{ from: number; to: number }> {
  const stepMs = by === 'hour' ? HOUR_MS : 24 * HOUR_MS
  if ((to - from) / stepMs <= MOST_IN_SERIES) return { from, to: Math.max(from, to) }
  const row = await kysely
    .selectFrom('calls')
    .select(({ fn }) => [fn.min('started_at').as('first'), fn.max('started_at').as('last')])
    .where('started_at', '>=', from)
    .where('started_at', '<', to)
    .executeTakeFirst()
  if (row?.first == null || row.last == null) return { from, to: from }
  return { from: Math.max(from, zone.begin(by, row.first)), to: Math.min(to, zone.next(by, row.last)) }
}

/** When each hour or day begins; the first and the last may be parts of one. */
function beginnings(zone: Zone, by: 'hour' | 'day', from: number, to: number): number[] {
  const begins: number[] = []
  for (let at = from; at < to; at = zone.next(by, at)) begins.push(at)
  return begins
}

async function countPart(db: Database, { agents, versions }: Asked, from: number, to: number): Promise<Slot[]> {
  if (from >= to) return []
  const slots = await countCalls(db, from, to, QUARTER_MS)
  return slots
    .filter(({ agent, version }) => (agents?.includes(agent) ?? true) && (versions?.includes(version) ?? true))
    .map((slot) => ({ ...slot, at: Math.max(slot.at, from) }))
}

async function addKept(
  { kysely }: Database,
  { agents, versions }: Asked,
  { from, to }: { readonly from: number; readonly to: number },
  spanMs: number,
  gathered: Gathered,
): Promise<void> {
  if (agents?.length === 0 || versions?.length === 0) return
  let query = kysely
    .selectFrom('figures')
    .select(['at', 'agent', 'version', 'sums'])
    .where('span_ms', '=', spanMs)
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('at')
    .orderBy('agent')
    .orderBy('version')
  if (agents !== undefined) query = query.where('agent', 'in', agents)
  if (versions !== undefined) query = query.where('version', 'in', versions)
  for (let last: { at: number; agent: string; version: string } | undefined; ; ) {
    const place = last
    const rows = await query
      .$if(place !== undefined, (more) =>
        more.where(sql<SqlBool>`(at, agent, version) > (${place?.at}, ${place?.agent}, ${place?.version})`),
      )
      .limit(AT_A_TIME)
      .execute()
    for (const { at, agent, version, sums } of rows) {
      const kept = readSums(sums)
      const { series, ofVersion, hours, hour } = gathered.placeOf(at, agent, version)
      if (series !== undefined) addKeptSums(series, kept)
      addKeptSums(ofVersion, kept)
      if (hours !== undefined) hours[hour] = (hours[hour] ?? 0) + (kept.n[0] ?? 0)
    }
    last = rows.at(-1)
    if (rows.length < AT_A_TIME) return
  }
}

interface Place {
  readonly series: FigureSums | undefined
  readonly ofVersion: FigureSums
  /** Calls by hour of a day of the week. */
  readonly hours: number[] | undefined
  readonly hour: number
}

class Gathered {
  readonly #begins: readonly number[]
  readonly #zone: Zone
  readonly #series: FigureSums[]
  readonly #versions = new Map<string, { agent: string; version: string; sums: FigureSums }>()
  #last = { at: Number.NaN, day: 0, hour: 0 }
  readonly #week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))

  constructor(begins: readonly number[], zone: Zone) {
    this.#begins = begins
    this.#zone = zone
    this.#series = begins.map(noSums)
  }

  add(slots: readonly Slot[]): void {
    for (const { at, agent, version, sums } of slots) {
      const { series, ofVersion, hours, hour } = this.placeOf(at, agent, version)
      if (series !== undefined) addSums(series, sums)
      addSums(ofVersion, sums)
      if (hours !== undefined) hours[hour] = (hours[hour] ?? 0) + sums.counts.calls
    }
  }

  /** Where the sums of a slot go. */
  placeOf(at: number, agent: string, version: string): Place {
    const key = JSON.stringify([agent, version])
    let kept = this.#versions.get(key)
    if (kept === undefined) {
      kept = { agent, version, sums: noSums() }
      this.#versions.set(key, kept)
    }
    // Slots come by rising time, some of one time in a row.
    if (this.#last.at !== at) this.#last = { at, ...this.#zone.weekHour(at) }
    const { day, hour } = this.#last
    const series = this.#series[lastAtOrBefore(this.#begins, at)]
    return { series, ofVersion: kept.sums, hours: this.#week[day], hour }
  }

  finish(to: number): Figures {
    const versions = [...this.#versions.values()].sort(
      (a, b) => compare(a.agent, b.agent) || compare(a.version, b.version),
    )
    const agents = new Map<string, FigureSums>()
    const total = noSums()
    for (const { agent, sums } of versions) {
      const ofAgent = agents.get(agent) ?? noSums()
      addSums(ofAgent, sums)
      agents.set(agent, ofAgent)
      addSums(total, sums)
    }
    return {
      total: figureSet(total),
      series: this.#series.map((sums, i) => {
        return { ...figureSet(sums), at: this.#begins[i] ?? to, until: this.#begins[i + 1] ?? to }
      }),
      week: this.#week,
      endReasons: [...total.reasons]
        .map(([value, calls]) => ({ value, calls }))
        .sort((a, b) => b.calls - a.calls || compare(a.value, b.value)),
      tools: [...total.tools]
        .map(([name, { tookMs, ...counts }]) => {
          return { name, ...counts, p50Ms: percentileOf(tookMs, 0.5), p95Ms: percentileOf(tookMs, 0.95) }
        })
        .sort((a, b) => b.calls - a.calls || compare(a.name, b.name)),
      byAgent: [...agents].map(([agent, sums]) => ({ ...figureSet(sums), agent })),
      byVersion: versions.map(({ agent, version, sums }) => ({ ...figureSet(sums), agent, version })),
    }
  }
}

/** @returns the index of the last that is not behind it; -1 when all are */
function lastAtOrBefore(begins: readonly number[], at: number): number {
  let low = 0
  let high = begins.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((begins[middle] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
