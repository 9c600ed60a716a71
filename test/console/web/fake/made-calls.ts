/** Calls as they could have been, the same for the same seed: for looking at the pages without a server full of calls. */
import { END_REASONS, type EndReason } from '../../../../src/call/end-reason.ts'
import { NO_USAGE } from '../../../../src/call/usage.ts'
import type { ListedCall, Outcome } from '../../../../src/call-log/rows.ts'
import { seeded } from '../../../seeded.ts'

export const AGENTS = ['harbour-bikes', 'night-desk', 'returns'] as const
export const NUMBERS = ['+15550100', '+15550101', '+15550102'] as const
const LINES = [
  'the front brake squeals whenever it rains',
  'I have been waiting for my order since Monday',
  'can I speak to a person please',
  '<img src=x onerror=alert(1)> is what it says on the label',
  '=HYPERLINK("http://evil.example","click") says the receipt',
  'no I said four not five',
]
const REASONS: readonly (readonly [EndReason, number])[] = [
  ['caller-hung-up', 0.42],
  ['agent-ended', 0.3],
  ['transferred', 0.14],
  ['max-length', 0.02],
  ['over-budget', 0.02],
  ['stream-lost', 0.03],
  ['model-lost', 0.03],
  ['model-silent', 0.02],
  ['interrupted', 0.01],
  ['operator-hung-up', 0.01],
]

export function madeCalls(count: number, seed: number, until: number): ListedCall[] {
  const random = seeded(seed)
  const spanMs = 35 * 86_400_000
  const calls = Array.from({ length: count }, (_, at) => madeCall(random, at, until - random() * spanMs, until))
  return calls.toSorted((a, b) => b.startedAt - a.startedAt)
}

function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

function reasonOf(random: () => number): EndReason {
  let left = random()
  for (const [reason, weight] of REASONS) {
    left -= weight
    if (left <= 0) return reason
  }
  return 'caller-hung-up'
}

function outcomeOf(reason: EndReason, turns: number): Outcome {
  if (reason === 'transferred') return 'transferred'
  const { family } = END_REASONS[reason]
  if (family === 'limit' || family === 'operator') return 'cut-short'
  if (family !== 'caller' && family !== 'agent') return 'failed'
  return turns === 0 ? 'abandoned' : 'contained'
}

function madeCall(random: () => number, at: number, startedAt: number, until: number): ListedCall {
  const live = at < 3
  const turns = Math.floor(random() * random() * 24)
  const durationMs = Math.round(8000 + turns * (9000 + random() * 9000))
  const reason = live ? null : reasonOf(random)
  const replyP50Ms = turns === 0 ? null : Math.round(600 + random() * 900)
  const replyP95Ms = replyP50Ms === null ? null : Math.round(replyP50Ms * (1.2 + random() * random() * 3))
  const interruptions = Math.floor(random() * random() * 6)
  const toolCalls = Math.floor(random() * 4)
  const toolsFailed = random() < 0.06 ? Math.min(1, toolCalls) : 0
  const askedForPerson = random() < 0.12
  const reviewed = random() < 0.2
  const found = pick(random, LINES)
  const middle = Math.floor(found.length / 2)
  return {
    callId: `call_${at.toString(36).padStart(6, '0')}`,
    startedAt: Math.round(live ? until - 60_000 * (at + 1) : startedAt),
    endedAt: live ? null : Math.round(startedAt + durationMs),
    carrier: 'twilio',
    carrierCallId: `CA${at}`,
    agent: pick(random, AGENTS),
    agentVersion: random() < 0.4 ? 'b7e23ec29af2' : '0cc175b9c0f1',
    provider: 'openai',
    model: 'gpt-realtime-2.1',
    from: `+1555${String(Math.floor(random() * 4000) + 2_010_000).padStart(7, '0')}`,
    to: pick(random, NUMBERS),
    durationMs,
    endReason: reason,
    endFamily: reason === null ? null : END_REASONS[reason].family,
    endFault: reason === null ? null : END_REASONS[reason].fault,
    endDetail: '',
    destination: reason === 'transferred' ? 'front-desk' : null,
    outcome: reason === null ? null : outcomeOf(reason, turns),
    turns,
    interruptions,
    agentInterruptions: 0,
    callerSpokeMs: durationMs * 0.3,
    callerHeardMs: durationMs * 0.5,
    unheardSpeech: interruptions > 0 && random() < 0.7,
    silences: Math.floor(random() * 3),
    deadAirMs: Math.round(random() * 9000),
    replies: turns,
    replyP50Ms,
    replyP95Ms,
    toolCalls,
    toolsFailed,
    toolsUnknown: toolsFailed > 0 && random() < 0.2 ? 1 : 0,
    askedForPerson,
    overBudget: reason === 'over-budget',
    slow: (replyP95Ms ?? 0) > 3000,
    strain: Math.min(100, Math.round(interruptions * 9 + toolsFailed * 20 + (askedForPerson ? 25 : 0) + random() * 12)),
    troubles: toolsFailed,
    usage: NO_USAGE,
    costUsd: random() < 0.02 ? null : Math.round(durationMs * (0.004 + random() * 0.003)) / 10_000,
    recording: random() < 0.8 ? 'kept' : 'none',
    review: {
      rating: reviewed ? 1 + Math.floor(random() * 5) : null,
      tags: random() < 0.1 ? ['follow-up'] : [],
      assignee: null,
      reviewedAt: reviewed ? Math.round(startedAt + 3_600_000) : null,
      reviewedBy: reviewed ? 'Mara' : null,
    },
    notes: random() < 0.08 ? 1 : 0,
    hit: {
      by: random() < 0.6 ? 'caller' : 'agent',
      atMs: Math.round(random() * durationMs),
      before: `${found.slice(0, middle - 4)}`,
      match: found.slice(middle - 4, middle + 4),
      after: found.slice(middle + 4),
    },
  }
}
