/** Calls in memory, for tests of what is built on them: lists are whole, and nothing is filtered. */
import { Readable } from 'node:stream'
import type { CallEvent } from '../../src/call/events.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import { type CallArchive, CursorError } from '../../src/call-log/archive.ts'
import type { CallQuery, Facets, FigureSet, Figures } from '../../src/call-log/query.ts'
import type { Recordings } from '../../src/call-log/recordings.ts'
import { type CallRow, NO_REVIEW, type Note, type Review } from '../../src/call-log/rows.ts'
import type { ReviewedCalls } from '../../src/console/http/calls-handlers.ts'

export function callRow(callId: string, more: Partial<CallRow> = {}): CallRow {
  return {
    callId,
    startedAt: Date.UTC(2026, 10, 21, 10),
    endedAt: Date.UTC(2026, 10, 21, 10, 1),
    carrier: 'twilio',
    carrierCallId: 'CA0123',
    agent: 'harbour-bikes',
    agentVersion: 'a1b2c3d4e5f6',
    provider: 'openai',
    model: 'gpt-realtime-2.1',
    from: '+4915112345678',
    to: '+15550100',
    durationMs: 60_000,
    endReason: 'caller-hung-up',
    endFamily: 'caller',
    endFault: null,
    endDetail: 'the stream ended',
    destination: null,
    outcome: 'contained',
    turns: 1,
    interruptions: 0,
    agentInterruptions: 0,
    callerSpokeMs: 900,
    callerHeardMs: 2000,
    unheardSpeech: false,
    silences: 0,
    deadAirMs: 0,
    replies: 1,
    replyP50Ms: 700,
    replyP95Ms: 700,
    toolCalls: 0,
    toolsFailed: 0,
    toolsUnknown: 0,
    askedForPerson: false,
    overBudget: false,
    slow: false,
    strain: 3,
    troubles: 0,
    usage: { ...NO_USAGE, inputAudio: 1000, inputAudioCached: 400, outputAudio: 500 },
    costUsd: 0.05,
    recording: 'none',
    ...more,
  }
}

const NO_FIGURES: FigureSet = {
  calls: 0,
  contained: 0,
  transferred: 0,
  abandoned: 0,
  cutShort: 0,
  failed: 0,
  talkMs: 0,
  turns: 0,
  interruptions: 0,
  deadAirMs: 0,
  toolCalls: 0,
  toolsFailed: 0,
  costUsd: null,
  costPerResolvedUsd: null,
  repeatCalls: 0,
  reply: { p50: null, p95: null },
  turnEnd: { p50: null, p95: null },
  model: { p50: null, p95: null },
  send: { p50: null, p95: null },
  line: { p50: null, p95: null },
}

export class FakeCalls implements ReviewedCalls, Pick<CallArchive, 'figures' | 'agentVersions'> {
  readonly rows = new Map<string, CallRow>()
  readonly kept = new Map<string, CallEvent[]>()
  readonly reviews = new Map<string, Review>()
  readonly notesOf = new Map<string, Note[]>()
  readonly asked: unknown[] = []
  /** What the next list finds in each of its calls. */
  hit: { by: 'caller' | 'agent'; atMs: number; before: string; match: string; after: string } | null = null
  numbers: Facets['numbers'] = []

  add(row: CallRow, events: CallEvent[] = []): void {
    this.rows.set(row.callId, row)
    this.kept.set(row.callId, events)
  }
  async events(callId: string): Promise<CallEvent[]> {
    return this.kept.get(callId) ?? []
  }
  async list(query: CallQuery): ReturnType<CallArchive['list']> {
    this.asked.push(query)
    if (query.after !== undefined && !query.after.startsWith('at ')) throw new CursorError('another list')
    const { limit = 50 } = query
    const begin = Number(query.after?.slice(3) ?? 0)
    const page = [...this.rows.values()].slice(begin, begin + limit)
    const calls = page.map((row) => ({
      ...row,
      review: this.reviews.get(row.callId) ?? NO_REVIEW,
      notes: this.notesOf.get(row.callId)?.length ?? 0,
      hit: this.hit,
    }))
    return { calls, next: begin + limit < this.rows.size ? `at ${begin + limit}` : null }
  }
  async call(callId: string): Promise<CallRow | null> {
    return this.rows.get(callId) ?? null
  }
  async facets(): Promise<Facets> {
    const none = { agents: [], outcomes: [], endReasons: [], endFamilies: [], tags: [], flags: [] }
    return { ...none, total: this.rows.size, numbers: this.numbers }
  }
  async figures(query: unknown): Promise<Figures> {
    this.asked.push(query)
    const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))
    const total = { ...NO_FIGURES, calls: this.rows.size }
    return { total, series: [], week, endReasons: [], tools: [], byAgent: [], byVersion: [] }
  }
  async review(callId: string): Promise<Review> {
    return this.reviews.get(callId) ?? NO_REVIEW
  }
  async setReview(callId: string, change: Partial<Review>): Promise<Review | null> {
    if (!this.rows.has(callId)) return null
    const review = { ...(await this.review(callId)), ...change }
    this.reviews.set(callId, review)
    return review
  }
  async notes(callId: string): Promise<Note[]> {
    return this.notesOf.get(callId) ?? []
  }
  async addNote(note: Note): Promise<void> {
    this.notesOf.set(note.callId, [...(await this.notes(note.callId)), note])
  }
  async removeNote(callId: string, noteId: string): Promise<boolean> {
    const notes = await this.notes(callId)
    this.notesOf.set(
      callId,
      notes.filter((note) => note.noteId !== noteId),
    )
    return notes.some((note) => note.noteId === noteId)
  }
  async callsOf(from: string): Promise<string[]> {
    return [...this.rows.values()].filter((row) => row.from === from).map(({ callId }) => callId)
  }
  async erase(callIds: readonly string[]): ReturnType<CallArchive['erase']> {
    let events = 0
    for (const callId of callIds) {
      events += this.kept.get(callId)?.length ?? 0
      this.rows.delete(callId)
      this.kept.delete(callId)
    }
    return { calls: callIds.length, events }
  }
  async agentVersions(): ReturnType<CallArchive['agentVersions']> {
    return [
      { version: 'a1b2c3d4e5f6', keptAt: 2000 },
      { version: '000000000000', keptAt: 1000 },
    ]
  }
}

export class FakeRecordings implements Recordings {
  readonly kept = new Map<string, Buffer>()
  async info(callId: string): ReturnType<Recordings['info']> {
    const bytes = this.kept.get(callId)?.length
    return bytes === undefined ? null : { bytes, durationMs: bytes / 16 }
  }
  async read(callId: string, first: number, last: number): Promise<Readable | null> {
    const audio = this.kept.get(callId)
    return audio === undefined ? null : Readable.from([audio.subarray(first, last + 1)])
  }
  async peaks(callId: string): ReturnType<Recordings['peaks']> {
    if (!this.kept.has(callId)) return null
    return { perSecond: 50, durationMs: 40, caller: Uint8Array.of(0, 255), agent: Uint8Array.of(9, 8) }
  }
  async erase(callId: string): Promise<boolean> {
    return this.kept.delete(callId)
  }
}
