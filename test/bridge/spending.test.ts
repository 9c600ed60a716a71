import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Agent } from '../../src/agents/agent.ts'
import { Spending } from '../../src/bridge/spending.ts'
import type { EventBody } from '../../src/call/events.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import { agentOf } from '../agents/config-folder.ts'

const MORNING = Date.parse('2026-11-20T10:00:00Z')
const ANN = '+15550123'
const BOB = '+15550124'

/** An agent with these limits, calls that cost what the test says, and who was told to end. */
async function tallyOf(limits: string, more = '') {
  const agent = await agentOf(`instructions: hi\nlimits: { ${limits} }\n${more}\n`)
  const clock = { at: MORNING }
  const held = new Map<string, Agent>()
  const told: string[] = []
  const spending = new Spending({
    agentOf: (callId) => held.get(callId) ?? null,
    onSpent: (callId, budget) => void told.push(`${callId} ${budget}`),
    wallClock: () => clock.at,
  })
  const take = (callId: string, body: EventBody) => spending.take({ v: 1, callId, seq: 1, at: clock.at, atMs: 0, body })
  const who = { carrier: 't', carrierCallId: 'CA', to: '+1', agentVersion: 'v', provider: 'openai', model: 'm' }
  return {
    agent,
    clock,
    told,
    spending,
    begin(callId: string, from = ANN) {
      held.set(callId, agent)
      take(callId, { type: 'call-started', ...who, from, agent: agent.name })
    },
    reply: (callId: string, costUsd: number | null) =>
      take(callId, {
        type: 'response-ended',
        responseId: 'r',
        status: 'completed',
        detail: '',
        usage: NO_USAGE,
        costUsd,
      }),
    end(callId: string, costUsd: number | null) {
      const ended = { reason: 'agent-ended', detail: '', destination: null, callerHeardMs: 0, usage: NO_USAGE } as const
      take(callId, { type: 'call-ended', ...ended, costUsd })
      held.delete(callId)
    },
    spentOf: (from = ANN) => spending.spentOf(agent, from),
  }
}

it('refuses a call when the calls of the day have cost as much as they may, and not before', async () => {
  const day = await tallyOf('maxCostUsdPerDay: 1')
  day.begin('a')
  day.reply('a', 0.9)
  day.end('a', 0.9)
  expect(day.spentOf()).toBeNull()
  day.begin('b', BOB)
  day.reply('b', 0.1)
  expect(day.spentOf()).toBe('agent')
})

it('counts what no reply cost when the call ends', async () => {
  const day = await tallyOf('maxCostUsdPerDay: 1')
  day.begin('a')
  day.reply('a', 0.5)
  day.end('a', 1)
  expect(day.spentOf()).toBe('agent')
})

it('holds one caller to a budget, and others not; callers without a number are one', async () => {
  const day = await tallyOf('maxCostUsdPerCallerPerDay: 1')
  day.begin('a')
  day.reply('a', 1)
  day.end('a', 1)
  expect([day.spentOf(ANN), day.spentOf(BOB)]).toEqual(['caller', null])
  day.begin('b', 'anonymous')
  day.reply('b', 1)
  day.end('b', 1)
  expect([day.spentOf('anonymous'), day.spentOf('Restricted'), day.spentOf(BOB)]).toEqual(['caller', 'caller', null])
})

it('tells live calls as soon as the replies under way would spend the rest, each once', async () => {
  const day = await tallyOf('maxCostUsdPerDay: 1')
  for (const call of ['a', 'b', 'c']) day.begin(call, ANN)
  for (const call of ['a', 'b', 'c']) day.reply(call, 0.16)
  // 0.48 are spent, and three more replies are on their way.
  expect(day.told).toEqual([])
  day.reply('a', 0.16)
  expect(day.told).toEqual(['a agent', 'b agent', 'c agent'])
  day.reply('b', 0.16)
  expect(day.told).toHaveLength(3)
})

it('tells the calls of the caller whose budget is spent', async () => {
  const day = await tallyOf('maxCostUsdPerCallerPerDay: 1')
  day.begin('a', ANN)
  day.begin('b', BOB)
  day.reply('b', 0.2)
  day.reply('a', 0.6)
  expect(day.told).toEqual(['a caller'])
})

it('begins anew at midnight in the zone of the hours; a call counts for the day on which it began', async () => {
  const hours = 'hours: { zone: America/New_York, open: [{ days: [sun-sat], from: "00:00", to: "24:00" }] }'
  const day = await tallyOf('maxCostUsdPerDay: 1', hours)
  day.begin('a')
  day.reply('a', 2)
  day.clock.at = Date.parse('2026-11-21T04:59:00Z')
  expect(day.spentOf()).toBe('agent')
  day.clock.at = Date.parse('2026-11-21T05:00:00Z')
  expect(day.spentOf()).toBeNull()
  day.reply('a', 2)
  expect(day.spentOf()).toBeNull()
})

it('counts nothing for calls whose price is not known, and holds no agent that has no budget', async () => {
  const day = await tallyOf('maxCostUsdPerDay: 1')
  day.begin('a')
  day.reply('a', null)
  day.end('a', null)
  expect(day.spentOf()).toBeNull()
  const free = await tallyOf('maxCostUsd: 1')
  free.begin('a')
  free.reply('a', 500)
  expect([free.spentOf(), free.told]).toEqual([null, []])
})

it('begins with what the log knows, and adds what is spent while the log is asked', async () => {
  const day = await tallyOf('maxCostUsdPerDay: 1, maxCostUsdPerCallerPerDay: 0.9')
  const asked: number[] = []
  const kept = [
    { agent: 'x', from: ANN, usd: 0.5 },
    { agent: 'x', from: BOB, usd: 0.1 },
    { agent: 'another', from: ANN, usd: 9 },
  ]
  const learnt = day.spending.learn([day.agent], async (since) => {
    asked.push(since)
    day.begin('a', BOB)
    day.reply('a', 0.1)
    day.end('a', 0.1)
    return kept
  })
  await learnt
  expect(asked).toEqual([Date.parse('2026-11-20T00:00:00Z')])
  expect([day.spentOf(ANN), day.spentOf(BOB)]).toEqual([null, null])
  // 0.7 are spent.
  day.begin('b', BOB)
  day.reply('b', 0.31)
  day.end('b', 0.31)
  expect(day.spentOf(ANN)).toBe('agent')
})

it('learns again what other servers have spent, and never less than it knows itself', async () => {
  const day = await tallyOf('maxCostUsdPerDay: 1')
  day.begin('a')
  day.reply('a', 0.6)
  day.end('a', 0.6)
  await day.spending.learn([day.agent], async () => [{ agent: 'x', from: ANN, usd: 0.1 }])
  expect(day.spentOf()).toBeNull()
  day.begin('b')
  day.reply('b', 0.3)
  day.end('b', 0.3)
  expect(day.spentOf()).toBeNull()
  await day.spending.learn([day.agent], async () => [{ agent: 'x', from: BOB, usd: 1.1 }])
  expect(day.spentOf()).toBe('agent')
})

it('however many calls there are, they overshoot by their wrap-ups and a cent at most', async () => {
  const replies = fc.array(fc.record({ call: fc.nat(29), usd: fc.constantFrom(0.01, 0.02, 0.03) }), { minLength: 200 })
  const day = await tallyOf('maxCostUsdPerDay: 2')
  await fc.assert(
    fc.asyncProperty(replies, async (list) => {
      const { begin, reply, told, spentOf } = await tallyOf('maxCostUsdPerDay: 2')
      const live = new Map<string, number>()
      let spent = 0
      for (const { call, usd } of list) {
        const callId = `c${call}`
        if (told.includes(`${callId} agent`)) continue
        if (!live.has(callId)) {
          if (spentOf() !== null) continue
          begin(callId)
        }
        live.set(callId, usd)
        reply(callId, usd)
        spent += usd
      }
      // All that talk no more say one last sentence each, of the price of a reply.
      const wrapUps = [...live.values()].reduce((sum, usd) => sum + usd, 0)
      expect(spent).toBeLessThanOrEqual(2 + 0.03)
      expect(spent + wrapUps).toBeLessThanOrEqual(2 + wrapUps + 0.03)
    }),
    { numRuns: 20, seed: 20261125 },
  )
  expect(day.told).toEqual([])
})
