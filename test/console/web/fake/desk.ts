/** People, keys, what they did, and agents, for looking at the pages. */
import type { ListedCall } from '../../../../src/call-log/rows.ts'
import type { AgentCard, AgentPage } from '../../../../src/console/contract/agents.ts'
import type { AuditEntry, Key, User } from '../../../../src/console/contract/people.ts'
import { figureSet } from './ask-calls.ts'
import { AGENTS, NUMBERS } from './made-calls.ts'

const NOW = Date.now()
const DAY = 86_400_000

export const PEOPLE: readonly User[] = (
  [
    ['Mara Lindqvist', 'mara@harbour.example', 'admin', 'password'],
    ['Tom Okafor', 'tom@harbour.example', 'manager', 'oidc'],
    ['Ines de Souza e Albuquerque', 'ines.de.souza.e.albuquerque@support.harbour.example', 'viewer', 'password'],
  ] as const
).map(([name, email, role, signsInWith], at) => ({
  userId: `u${at}`,
  name,
  email,
  role,
  signsInWith,
  createdAt: NOW - 40 * DAY,
  lastSeenAt: at === 2 ? null : NOW - at * 7_300_000,
  disabled: at === 2,
}))

export const KEYS: readonly Key[] = [
  {
    keyId: 'k1',
    name: 'Data warehouse',
    role: 'viewer',
    hint: 'ek_2cf2',
    createdAt: NOW - 12 * DAY,
    createdBy: 'Mara Lindqvist',
    lastUsedAt: NOW - 400_000,
  },
]

export const AUDIT: readonly AuditEntry[] = Array.from({ length: 30 }, (_, at) => ({
  entryId: `e${at}`,
  at: NOW - at * 3_000_000,
  who: PEOPLE[at % 2]?.name ?? 'system',
  action: ['signed-in', 'listened', 'exported-calls', 'judged-call', 'changed-user'][at % 5] ?? 'signed-in',
  target: at % 5 === 1 ? 'call_0000a1' : '',
  detail: at % 7 === 3 ? 'wrong password' : '',
  ok: at % 7 !== 3,
}))

export const PROBLEMS = [
  {
    file: 'agents/returns.yaml',
    line: 14,
    column: 3,
    message: 'unknown key `voise`, did you mean `voice`?',
  },
]

export function agentCards(): AgentCard[] {
  return AGENTS.map((name, at) => ({
    name,
    version: '0cc175b9c0f1b6a831c399e269772661',
    numbers: [NUMBERS[at] ?? '*'],
    model: 'gpt-realtime-2.1',
    voice: 'marin',
    tools: ['lookup_order', 'open_ticket', 'end_call'],
    destinations: [{ name: 'front-desk', description: 'A person in the shop, 9 to 17' }],
    maxMinutes: 30,
    maxCostUsd: 2,
    liveCalls: at === 0 ? 2 : 0,
    since: NOW - 3 * DAY,
  }))
}

const TEXT = `instructions: |
  You answer for Harbour Bikes. Be brief.
  Confirm order numbers character by character.
greeting: Harbour Bikes, this is an automated assistant. How can I help?
numbers:
  - "+15550100"
model:
  provider: openai
  name: gpt-realtime-2.1
  voice: marin
  reasoning: low
tools:
  - lookup_order
  - open_ticket
  - end_call
limits:
  maxMinutes: 30
  maxCostUsd: 2
`

/** @throws Error when there is no such agent */
export function agentPage(name: string, calls: readonly ListedCall[]): AgentPage {
  const agent = agentCards().find((each) => each.name === name)
  if (agent === undefined) throw new Error(`no agent ${name}`)
  const recent = calls.filter((call) => call.agent === name && call.startedAt > NOW - 7 * DAY)
  return {
    agent,
    text: TEXT,
    versions: [
      { version: agent.version, keptAt: NOW - 3 * DAY },
      { version: 'b7e23ec29af22b0b4e41da31e868d572', keptAt: NOW - 9 * DAY },
      { version: '92eb5ffee6ae2fec3ad71c777531578f', keptAt: NOW - 31 * DAY },
    ],
    problems: name === 'returns' ? PROBLEMS : [],
    warnings: [],
    figures: figureSet(recent),
  }
}
