/** What is true of the log of every call, however it went. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import type { CallEvent } from '../../src/call/events.ts'

const Prices = z.object({ models: z.record(z.string(), z.record(z.string(), z.number())) })
const PRICES = Prices.parse(parse(readFileSync(new URL('../../config/pricing.yaml', import.meta.url), 'utf8'))).models

/** @param events of one finished call */
export function expectTrueAccount(events: readonly CallEvent[]): void {
  const bodies = events.map(({ body }) => body)
  const [started] = bodies
  const ended = bodies.at(-1)
  expect(started?.type).toBe('call-started')
  expect(bodies.filter(({ type }) => type === 'call-ended')).toEqual([ended])
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  expect(events.map(({ atMs }) => atMs)).toEqual(events.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
  if (started?.type !== 'call-started' || ended?.type !== 'call-ended') return

  let heardMs = 0
  const usage = { ...ended.usage }
  for (const body of bodies) {
    if (body.type === 'agent-said') {
      heardMs += body.heardMs
      expect(body.heardMs).toBeLessThanOrEqual(body.sentMs)
      if (!body.interrupted) expect([body.unheardText, body.heardMs]).toEqual(['', body.sentMs])
    }
    if (body.type === 'caller-said') expect(body.startMs).toBeLessThanOrEqual(body.endMs)
    if (body.type === 'reply-timed') {
      const { callerStoppedMs, decidedMs, firstModelAudioMs, firstSentMs, firstHeardMs } = body
      const parts = [callerStoppedMs, decidedMs, firstModelAudioMs, firstSentMs, firstHeardMs].filter(
        (ms) => ms !== null,
      )
      expect(parts).toEqual(parts.toSorted((a, b) => a - b))
    }
    if (body.type === 'response-ended') {
      for (const kind of kindsOf(usage)) usage[kind] -= body.usage[kind]
    }
  }
  expect(ended.callerHeardMs).toBeCloseTo(heardMs, 6)
  expect(new Set(Object.values(usage))).toEqual(new Set([0]))
  expect(ended.costUsd).toBeCloseTo(cost(ended.usage, PRICES[started.model] ?? {}), 9)
  expectToolsInOrder(events)
}

type Usage = Record<
  'inputText' | 'inputTextCached' | 'inputAudio' | 'inputAudioCached' | 'outputText' | 'outputAudio',
  number
>

function kindsOf<Of extends object>(usage: Of): (keyof Of)[] {
  return Object.keys(usage) as (keyof Of)[]
}

/** By the price list, written out: cached tokens are among the input's, and cost less. */
function cost(usage: Usage, price: Readonly<Record<string, number>>): number {
  const of = (tokens: number, kind: string) => (tokens * (price[kind] ?? Number.NaN)) / 1e6
  return (
    of(usage.inputText - usage.inputTextCached, 'textIn') +
    of(usage.inputTextCached, 'textCached') +
    of(usage.inputAudio - usage.inputAudioCached, 'audioIn') +
    of(usage.inputAudioCached, 'audioCached') +
    of(usage.outputText, 'textOut') +
    of(usage.outputAudio, 'audioOut')
  )
}

/** Each call is reserved, sent, finished and answered, each once at most and in this order; its end is always told. */
function expectToolsInOrder(events: readonly CallEvent[]): void {
  const steps = new Map<string, string[]>()
  for (const { body } of events) {
    if ('toolCallId' in body) steps.set(body.toolCallId, [...(steps.get(body.toolCallId) ?? []), body.type])
  }
  for (const made of steps.values()) {
    const all = ['tool-reserved', 'tool-sent', 'tool-finished', 'tool-answered']
    expect(made).toEqual(all.filter((step) => made.includes(step)))
    expect(made).toContain('tool-finished')
  }
}
