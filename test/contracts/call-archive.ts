/** What every archive of calls must do. Each engine runs this suite with a place of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallEvent } from '../../src/call/events.ts'
import { CursorError } from '../../src/call-log/archive.ts'
import { callRow, percentile } from '../../src/call-log/call-row.ts'
import type { CallStore } from '../../src/call-log/call-store.ts'
import { type CallFold, foldCall } from '../../src/call-log/fold-call.ts'
import { type CallFilter, type CallQuery, FLAGS, type Flag, SORTS } from '../../src/call-log/query.ts'
import type { CallRow, ListedCall } from '../../src/call-log/rows.ts'
import { needlesOf, readSearch, wordsOf } from '../../src/call-log/search-words.ts'
import { generateCalls } from '../call-log/generated-calls.ts'
import { agentSaid, callEvents, callerSaid, END, START, STARTED_AT } from '../call-log/sample-call.ts'
import type { CallLogPlace } from './call-log.ts'

const FROM = Date.UTC(2026, 8, 1)
const DAY_MS = 86_400_000
const WORDS = { seed: 7, calls: 240, lines: 12, from: FROM, days: 12 }
const LIVE = 7

interface Known {
  readonly row: CallRow
  readonly fold: CallFold
}

/** The calls as they are in memory: what the archive must say of them. */
function knownOf(calls: readonly (readonly CallEvent[])[]): Known[] {
  return calls.map((events) => {
    const fold = events.reduce(foldCall, null)
    if (fold === null) throw new Error('a generated call has no beginning')
    return { row: callRow(fold), fold }
  })
}

/** Generated calls, of which the last few have not ended. */
function someCalls(): CallEvent[][] {
  return [...generateCalls(WORDS)].map((events, i) => (i < WORDS.calls - LIVE ? events : events.slice(0, -1)))
}

const VALUES: Record<(typeof SORTS)[number], (row: CallRow) => number> = {
  started: (row) => row.startedAt,
  duration: (row) => row.durationMs,
  cost: (row) => row.costUsd ?? -1,
  strain: (row) => row.strain,
  reply: (row) => row.replyP95Ms ?? -1,
  turns: (row) => row.turns,
  interruptions: (row) => row.interruptions,
}

function sorted(rows: readonly CallRow[], sort: (typeof SORTS)[number], order: 'asc' | 'desc'): string[] {
  const by = (key: (row: CallRow) => number, way: 'asc' | 'desc') => (a: CallRow, b: CallRow) => {
    const sign = way === 'asc' ? 1 : -1
    return sign * (key(a) - key(b) || (a.callId < b.callId ? -1 : 1))
  }
  const ids = (some: readonly CallRow[]) => some.map(({ callId }) => callId)
  if (sort === 'started') return ids(rows.toSorted(by(VALUES.started, order)))
  return [
    ...ids(rows.filter(({ endedAt }) => endedAt === null).toSorted(by(VALUES.started, 'desc'))),
    ...ids(rows.filter(({ endedAt }) => endedAt !== null).toSorted(by(VALUES[sort], order))),
  ]
}

const FLAGGED: Partial<Record<Flag, (row: CallRow) => boolean>> = {
  live: (row) => row.endedAt === null,
  'unheard-speech': (row) => row.unheardSpeech,
  interrupted: (row) => row.interruptions > 0,
  'tool-failed': (row) => row.toolsFailed > 0,
  'tool-unknown': (row) => row.toolsUnknown > 0,
  'asked-for-person': (row) => row.askedForPerson,
  'over-budget': (row) => row.overBudget,
  slow: (row) => row.slow,
  'has-recording': (row) => row.recording === 'kept',
}

function says(text: string, { lines }: CallFold): boolean {
  const search = readSearch(text)
  if (search === null) return false
  return lines.some(({ heardText, unheardText }) => {
    const words = ` ${[...wordsOf(heardText), ...wordsOf(unheardText)].join(' ')} `
    return needlesOf(search).every((needle) => words.includes(needle))
  })
}

const FILTERS: readonly (readonly [CallFilter, (known: Known) => boolean])[] = [
  [{ agents: ['workshop', 'night-desk'] }, ({ row }) => row.agent !== 'harbour-bikes'],
  [{ agents: [] }, () => false],
  [{ versions: ['c0ffee5eed01'] }, ({ row }) => row.agentVersion === 'c0ffee5eed01'],
  [{ outcomes: ['failed', 'cut-short'] }, ({ row }) => row.outcome === 'failed' || row.outcome === 'cut-short'],
  [{ endReasons: ['transferred'] }, ({ row }) => row.endReason === 'transferred'],
  [{ endFamilies: ['carrier', 'limit'] }, ({ row }) => row.endFamily === 'carrier' || row.endFamily === 'limit'],
  [{ numbers: ['+15550101'] }, ({ row }) => row.to === '+15550101'],
  [{ caller: '00 4' }, ({ row }) => row.from.endsWith('004')],
  [{ caller: 'ymous' }, ({ row }) => row.from === 'anonymous'],
  [{ from: FROM + DAY_MS, to: FROM + 3 * DAY_MS }, ({ row }) => inDays(row, 1, 3)],
  [{ minDurationMs: 30_000, maxDurationMs: 60_000 }, ({ row }) => row.durationMs >= 30_000 && row.durationMs <= 60_000],
  [{ minCostUsd: 0.1 }, ({ row }) => (row.costUsd ?? -1) >= 0.1],
  [{ minStrain: 30 }, ({ row }) => row.strain >= 30],
  [{ minReplyP95Ms: 2000 }, ({ row }) => (row.replyP95Ms ?? -1) >= 2000],
  [{ tools: ['book_time'] }, ({ fold }) => fold.tools.some(({ name }) => name === 'book_time')],
  [{ tools: [] }, () => false],
  [{ flags: ['not-reviewed'] }, () => true],
  [{ flags: ['has-notes'] }, () => false],
  [{ flags: ['interrupted', 'tool-failed'], agents: ['workshop'] }, (known) => busyWorkshop(known)],
  ...FLAGS.flatMap((flag): [CallFilter, (known: Known) => boolean][] => {
    const fits = FLAGGED[flag]
    return fits === undefined ? [] : [[{ flags: [flag] }, ({ row }) => fits(row)]]
  }),
  ...[
    'order',
    'ord',
    'STRASSE',
    'velo cle',
    'rusty chain',
    '"chain is rusty"',
    '"rusty chain"',
    '12-34',
    '修理',
    'nobodysaid',
    '"real pers"',
    'zwei Tage',
    '?!',
    "that's not what",
  ].map((text): [CallFilter, (known: Known) => boolean] => [{ text }, ({ fold }) => says(text, fold)]),
  [{ text: 'goodbye', agents: ['workshop'] }, ({ row, fold }) => row.agent === 'workshop' && says('goodbye', fold)],
]

function inDays({ startedAt }: CallRow, from: number, to: number): boolean {
  return startedAt >= FROM + from * DAY_MS && startedAt < FROM + to * DAY_MS
}

function busyWorkshop({ row }: Known): boolean {
  return row.agent === 'workshop' && row.interruptions > 0 && row.toolsFailed > 0
}

async function allOf(store: CallStore, query: CallQuery): Promise<ListedCall[]> {
  const found: ListedCall[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page = await store.list({ ...query, ...(after !== undefined && { after }) })
    expect(page.calls.length).toBeLessThanOrEqual(query.limit ?? 50)
    found.push(...page.calls)
    after = page.next
  }
  return found
}

export function callArchiveContract(engine: string, newPlace: () => Promise<CallLogPlace>): void {
  describe(`the call archive contract, ${engine}: asking`, () => {
    const calls = someCalls()
    const known = knownOf(calls)
    const rows = known.map(({ row }) => row)
    let place: CallLogPlace
    let store: CallStore
    beforeAll(async () => {
      place = await newPlace()
      store = await place.open()
      for (const events of calls) await store.append(events)
    })
    afterAll(async () => {
      await store.close()
      await place.dispose()
    })

    it('folds what can be folded in memory', async () => {
      for (const row of rows.slice(0, 40)) expect(await store.call(row.callId)).toEqual(row)
      expect(await store.call('nobody')).toBeNull()
    })

    for (const sort of SORTS) {
      it(`sorts by ${sort}, both ways, page by page, each call once`, async () => {
        for (const order of ['asc', 'desc'] as const) {
          for (const limit of [33, 500]) {
            const found = await allOf(store, { sort, order, limit })
            expect(found.map(({ callId }) => callId)).toEqual(sorted(rows, sort, order))
          }
        }
      })
    }

    for (const [filter, fits] of FILTERS) {
      it(`finds by ${JSON.stringify(filter)}`, async () => {
        const expected = sorted(
          known.filter(fits).map(({ row }) => row),
          'started',
          'desc',
        )
        const found = await allOf(store, { ...filter, limit: 50 })
        expect(found.map(({ callId }) => callId)).toEqual(expected)
        expect((await store.facets(filter)).total).toBe(expected.length)
        const byStrain = await allOf(store, { ...filter, limit: 20, sort: 'strain' })
        expect(byStrain.map(({ callId }) => callId).toSorted()).toEqual(expected.toSorted())
      })
    }

    it('counts each facet as if nothing of it were chosen', async () => {
      const filter: CallFilter = { agents: ['workshop'], outcomes: ['contained'], flags: ['interrupted'] }
      const facets = await store.facets(filter)
      const fitting = (but: 'agents' | 'outcomes' | 'flags' | null) =>
        rows.filter(
          (row) =>
            (but === 'agents' || row.agent === 'workshop') &&
            (but === 'outcomes' || row.outcome === 'contained') &&
            (but === 'flags' || row.interruptions > 0),
        )
      expect(facets.total).toBe(fitting(null).length)
      expect(facets.agents).toEqual(counted(fitting('agents').map(({ agent }) => agent)))
      expect(facets.outcomes).toEqual(counted(fitting('outcomes').map(({ outcome }) => outcome)))
      expect(facets.endReasons).toEqual(counted(fitting(null).map(({ endReason }) => endReason)))
      expect(facets.numbers).toEqual(counted(fitting(null).map(({ to }) => to)))
      expect(facets.flags.find(({ value }) => value === 'slow')?.calls ?? 0).toBe(
        fitting('flags').filter(({ slow }) => slow).length,
      )
    })

    it('shows what was found, where, and what stands around it', async () => {
      const [call] = (await store.list({ text: 'rusty', limit: 1 })).calls
      expect(call?.hit).toMatchObject({ by: 'caller', match: 'rusty', after: '.' })
      expect(call?.hit?.before).toBe('My bicycle has a flat tyre and the chain is ')
    })

    it('refuses a place of another list', async () => {
      const { next } = await store.list({ limit: 5, sort: 'cost' })
      if (next === null) throw new Error('there is more than one page')
      const others: CallQuery[] = [{ sort: 'strain' }, { order: 'asc' }, { agents: ['workshop'] }]
      for (const query of others) {
        await expect(store.list({ limit: 5, sort: 'cost', ...query, after: next })).rejects.toThrow(CursorError)
      }
      await expect(store.list({ after: 'bm9uc2Vuc2U' })).rejects.toThrow(CursorError)
    })

    it('counts figures that agree with the calls, in zones of any kind', async () => {
      const ended = known.filter(({ row }) => row.endedAt !== null)
      for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns']) {
        for (const [from, to, by] of [
          [FROM, FROM + 12 * DAY_MS, 'day'],
          [FROM + 5 * DAY_MS + 1_234_567, FROM + 8 * DAY_MS + 7_654_321, 'hour'],
        ] as const) {
          const within = ended.filter(({ row }) => row.startedAt >= from && row.startedAt < to)
          const figures = await store.figures({ from, to, by, zone })
          const sum = (key: (row: CallRow) => number) => within.reduce((all, { row }) => all + key(row), 0)
          expect(figures.total).toMatchObject({
            calls: within.length,
            contained: within.filter(({ row }) => row.outcome === 'contained').length,
            turns: sum(({ turns }) => turns),
            interruptions: sum(({ interruptions }) => interruptions),
            toolCalls: sum(({ toolCalls }) => toolCalls),
            toolsFailed: sum(({ toolsFailed }) => toolsFailed),
          })
          expect(figures.total.talkMs).toBeCloseTo(sum(({ durationMs }) => durationMs))
          expect(figures.total.costUsd).toBeCloseTo(sum(({ costUsd }) => costUsd ?? 0))
          const waits = within.flatMap(({ fold }) => fold.lines.flatMap(({ latency }) => latency?.totalMs ?? []))
          for (const share of [0.5, 0.95] as const) {
            const exact = percentile(waits, share) ?? 0
            const told = (share === 0.5 ? figures.total.reply.p50 : figures.total.reply.p95) ?? 0
            expect(Math.abs(told - exact) / exact).toBeLessThan(0.05)
          }
          expect(figures.series.reduce((all, { calls }) => all + calls, 0)).toBe(within.length)
          for (const { at, until, calls: count } of figures.series) {
            expect(count).toBe(within.filter(({ row }) => row.startedAt >= at && row.startedAt < until).length)
          }
          expect(figures.week.flat().reduce((all, count) => all + count, 0)).toBe(within.length)
          expect(figures.byAgent.reduce((all, { calls }) => all + calls, 0)).toBe(within.length)
          expect(figures.byVersion.length).toBe(new Set(within.map(({ row }) => row.agentVersion)).size)
        }
      }
    })

    it('sums what calls cost, of an agent and of a caller, live ones with them', async () => {
      const since = FROM + 3 * DAY_MS
      const one = rows.find((row) => row.startedAt >= since && row.costUsd !== null)
      if (one === undefined) throw new Error('there is such a call')
      const cost = (some: readonly CallRow[]) => some.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0)
      const ofAgent = rows.filter(({ agent, startedAt }) => agent === one.agent && startedAt >= since)
      const { agentUsd, callerUsd } = await store.spent(one.agent, one.from, since)
      expect(agentUsd).toBeCloseTo(cost(ofAgent))
      expect(callerUsd).toBeCloseTo(cost(ofAgent.filter(({ from }) => from === one.from)))
      const all = await store.spentSince(since)
      const same = all.find(({ agent, from }) => agent === one.agent && from === one.from)
      expect(same?.usd).toBeCloseTo(callerUsd)
      expect(await store.spent('nobody', '+1', 0)).toEqual({ agentUsd: 0, callerUsd: 0 })
    })
  })

  callArchiveChanges(engine, newPlace)
}

function callArchiveChanges(engine: string, newPlace: () => Promise<CallLogPlace>): void {
  async function inPlace(test: (store: CallStore) => Promise<void>): Promise<void> {
    const place = await newPlace()
    const store = await place.open()
    try {
      await test(store)
    } finally {
      await store.close()
      await place.dispose()
    }
  }
  const call = (
    callId: string,
    more: readonly Parameters<typeof callEvents>[1][number][] = [],
    startedAt = STARTED_AT,
  ) => callEvents(callId, [START, callerSaid('Where is my unicycle?', 100, 900), ...more, END], { startedAt })

  describe(`the call archive contract, ${engine}: changing`, () => {
    it('keeps reviews, tags and notes, and finds calls by them', () =>
      inPlace(async (store) => {
        await store.append(call('a'))
        await store.append(call('b'))
        expect(await store.setReview('nobody', { rating: 3 })).toBeNull()
        await store.setReview('a', { rating: 4, tags: ['vip', 'angry'], assignee: 'u1' })
        const review = await store.setReview('a', { reviewedAt: 5, reviewedBy: 'u2', tags: ['angry'] })
        expect(review).toEqual({ rating: 4, tags: ['angry'], assignee: 'u1', reviewedAt: 5, reviewedBy: 'u2' })
        const note = { noteId: 'n1', callId: 'a', atMs: 700, text: 'Here.', author: 'Ada', createdAt: 6 }
        await store.addNote(note)
        expect(await store.notes('a')).toEqual([note])
        const ids = async (filter: CallFilter) => (await store.list(filter)).calls.map(({ callId }) => callId)
        expect(await ids({ tags: ['angry'] })).toEqual(['a'])
        expect(await ids({ tags: ['vip'] })).toEqual([])
        expect(await ids({ assignee: 'u1', minRating: 4 })).toEqual(['a'])
        expect(await ids({ flags: ['not-reviewed'] })).toEqual(['b'])
        expect(await ids({ flags: ['has-notes'] })).toEqual(['a'])
        expect((await store.list({ flags: ['has-notes'] })).calls[0]).toMatchObject({ review, notes: 1 })
        expect((await store.facets({})).tags).toEqual([{ value: 'angry', calls: 1 }])
        expect(await store.removeNote('b', 'n1')).toBe(false)
        expect(await store.removeNote('a', 'n1')).toBe(true)
        expect(await store.notes('a')).toEqual([])
      }))

    it('erases all of a call, and refuses when one is live', () =>
      inPlace(async (store) => {
        await store.append(call('a'))
        await store.append(call('b'))
        await store.append(callEvents('live', [START]))
        await store.setReview('a', { rating: 1, tags: ['x'] })
        await store.figures({ from: STARTED_AT - 1, to: STARTED_AT + DAY_MS })
        await expect(store.erase(['a', 'live'])).rejects.toThrow('Call live is live')
        expect(await store.call('a')).not.toBeNull()
        expect(await store.erase(['a', 'nobody'])).toEqual({ calls: 1, events: 3 })
        expect(await store.call('a')).toBeNull()
        expect(await store.events('a')).toEqual([])
        expect(await store.review('a')).toMatchObject({ rating: null, tags: [] })
        expect((await store.list({ text: 'unicycle' })).calls.map(({ callId }) => callId)).toEqual(['b'])
        expect((await store.figures({ from: STARTED_AT - 1, to: STARTED_AT + DAY_MS })).total.calls).toBe(1)
      }))

    it('forgets words and keeps figures, also when rows are folded again', () =>
      inPlace(async (store) => {
        const upset = callerSaid('This is ridiculous, give me a real person!', 2000, 4000)
        await store.append(call('a', [agentSaid('I am looking', 'for it.', 1000), upset]))
        await store.addNote({ noteId: 'n1', callId: 'a', atMs: null, text: 'Ridiculous!', author: 'Ada', createdAt: 6 })
        const before = await store.call('a')
        expect(before).toMatchObject({ askedForPerson: true, unheardSpeech: true })
        await store.forgetWords(['a'])
        expect(await store.call('a')).toEqual(before)
        expect(JSON.stringify(await store.events('a'))).not.toMatch(/unicycle|ridiculous|looking/)
        expect((await store.events('a')).map(({ body }) => body.type)).toEqual([
          'call-started',
          'caller-said',
          'agent-said',
          'caller-said',
          'call-ended',
        ])
        expect((await store.list({ text: 'unicycle' })).calls).toEqual([])
        expect(await store.notes('a')).toEqual([])
        await store.forgetWords(['a'])
        expect(await store.rebuild()).toBe(1)
        expect(await store.call('a')).toEqual(before)
      }))

    it('tells which calls are past their time', () =>
      inPlace(async (store) => {
        const recorded = [
          { type: 'recording-started', consent: 'given' },
          { type: 'recording-stopped', why: 'call-ended', detail: '', keptMs: 900 },
        ] as const
        await store.append(call('old', recorded))
        await store.append(call('older', [], STARTED_AT - DAY_MS))
        await store.append(call('new', recorded, STARTED_AT + DAY_MS))
        await store.append(callEvents('live', [START], { startedAt: STARTED_AT - 2 * DAY_MS }))
        const before = STARTED_AT + 3_600_000
        const of = (what: 'audio' | 'words' | 'events', limit = 9) =>
          store.outdated(what, 'harbour-bikes', before, limit)
        expect(await of('events')).toEqual(['older', 'old'])
        expect(await of('events', 1)).toEqual(['older'])
        expect(await of('audio')).toEqual(['old'])
        await store.setRecording('old', 'erased')
        expect(await of('audio')).toEqual([])
        expect(await store.call('old')).toMatchObject({ recording: 'erased' })
        await store.forgetWords(['older'])
        expect(await of('words')).toEqual(['old'])
        expect(await store.outdated('events', 'another', before, 9)).toEqual([])
      }))

    it('folds rows again, with what people made of them', () =>
      inPlace(async (store) => {
        const calls = [...generateCalls({ seed: 3, calls: 30, lines: 8, from: FROM, days: 3 })]
        for (const events of calls) await store.append(events)
        const [first] = calls[0]!
        await store.setReview(first!.callId, { rating: 2, tags: ['x'] })
        await store.setRecording(first!.callId, 'erased')
        const listed = await allOf(store, {})
        expect(await store.rebuild()).toBe(30)
        expect(await allOf(store, {})).toEqual(listed)
        expect((await store.list({ text: 'order' })).calls.length).toBeGreaterThan(0)
      }))

    it('knows whose calls there are, and who calls again within a day, in whatever order calls are told', () =>
      inPlace(async (store) => {
        const HOUR_MS = 3_600_000
        await store.append(call('third', [], STARTED_AT + 50 * HOUR_MS))
        await store.append(call('second', [], STARTED_AT + 20 * HOUR_MS))
        await store.append(call('first', [], STARTED_AT))
        expect(await store.callsOf('+15550123')).toEqual(['first', 'second', 'third'])
        expect(await store.callsOf('0123')).toEqual([])
        const query = { from: STARTED_AT, to: STARTED_AT + 3 * DAY_MS }
        expect((await store.figures(query)).total).toMatchObject({ calls: 3, repeatCalls: 1 })
        await store.append(call('between', [], STARTED_AT + 30 * HOUR_MS))
        expect((await store.figures(query)).total).toMatchObject({ calls: 4, repeatCalls: 3 })
      }))

    it('lists the versions of an agent, newest first', () =>
      inPlace(async (store) => {
        await store.agentsRun([{ name: 'shop', version: 'v1', text: 'a' }], 1)
        await store.agentsRun([{ name: 'shop', version: 'v2', text: 'b' }], 2)
        expect(await store.agentVersions('shop')).toEqual([
          { version: 'v2', keptAt: 2 },
          { version: 'v1', keptAt: 1 },
        ])
        expect(await store.agentVersions('nobody')).toEqual([])
      }))
  })
}

function counted(values: readonly (string | null)[]): { value: string; calls: number }[] {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .map(([value, calls]) => ({ value, calls }))
    .sort((a, b) => b.calls - a.calls || (a.value < b.value ? -1 : 1))
}
