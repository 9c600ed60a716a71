import { expect, it } from 'vitest'
import { type Admission, admit } from '../../src/agents/admit.ts'
import { told } from './config-folder.ts'

/** A Friday in Berlin, where it is an hour later than UTC. */
const OPEN = Date.parse('2026-11-20T10:00:00Z')
const CLOSED = Date.parse('2026-11-20T20:00:00Z')
const HOURS = 'zone: Europe/Berlin, open: [{ days: [mon-fri], from: "09:00", to: "18:00" }]'

interface Asked {
  readonly from?: string
  readonly to?: string
  readonly now?: number
  readonly live?: Readonly<Record<string, number>>
  readonly spent?: Readonly<Record<string, 'agent' | 'caller'>>
}

/** What becomes of a call to agents with these files. */
async function asking(files: Readonly<Record<string, string>>): Promise<(asked?: Asked) => unknown> {
  const named = Object.entries(files).map(([name, yaml]) => [`agents/${name}.yaml`, `instructions: hi\n${yaml}`])
  const { agents, problems } = await told(Object.fromEntries(named))
  expect(problems).toEqual([])
  return ({ from = '+15550123', to = '+15550100', now = OPEN, live = {}, spent = {} } = {}) =>
    shown(
      admit(agents, { from, to, callsOf: (name) => live[name] ?? 0, spentOf: ({ name }) => spent[name] ?? null }, now),
    )
}

function shown(admission: Admission): unknown {
  return admission.type === 'agent' ? admission.agent.name : { ...admission, agent: undefined }
}

it('gives a call to the agent of the called number, and says so when there is none', async () => {
  const ask = await asking({ a: 'numbers: ["+15550100"]', b: 'numbers: ["+15550101"]' })
  expect(ask()).toBe('a')
  expect(ask({ to: '+15550101' })).toBe('b')
  expect(ask({ to: '+15550199' })).toEqual({
    type: 'say',
    say: 'We are sorry, this number is not in service.',
    language: null,
    reason: 'no agent answers this number',
  })
})

it('says a sentence outside the hours, in the language of the number', async () => {
  const ask = await asking({
    a: `numbers: ["*"]\nlanguage: { "+4930550100": de, "*": en }\nhours: { ${HOURS}, otherwise: { say: Geschlossen. } }`,
  })
  expect(ask()).toBe('a')
  expect(ask({ now: CLOSED, to: '+4930550100' })).toEqual({
    type: 'say',
    say: 'Geschlossen.',
    language: 'de',
    reason: 'a: outside its hours',
  })
  expect(ask({ now: CLOSED })).toMatchObject({ language: 'en' })
})

it('says that it is closed when nothing else is said', async () => {
  const ask = await asking({ a: `numbers: ["*"]\nhours: { ${HOURS} }` })
  expect(ask({ now: CLOSED })).toMatchObject({ say: expect.stringMatching(/closed/), language: null })
})

it('passes a call outside the hours to another agent, with its own hours and limits', async () => {
  const ask = await asking({
    day: `numbers: ["*"]\nhours: { ${HOURS}, otherwise: { agent: night } }`,
    night: 'limits: { maxCalls: 2, whenFull: Everybody is asleep. }',
  })
  expect(ask({ live: { night: 2 } })).toBe('day')
  expect(ask({ now: CLOSED, live: { night: 1, day: 9 } })).toBe('night')
  expect(ask({ now: CLOSED, live: { night: 2 } })).toEqual({
    type: 'say',
    say: 'Everybody is asleep.',
    language: null,
    reason: 'night: it has as many calls as it may',
  })
})

it('asks no agent twice when they pass calls around', async () => {
  const ask = await asking({
    a: `numbers: ["*"]\nhours: { ${HOURS}, otherwise: { agent: b } }`,
    b: `hours: { ${HOURS}, otherwise: { agent: a } }`,
  })
  expect(ask({ now: CLOSED })).toMatchObject({ type: 'say', say: expect.stringMatching(/nobody can take your call/) })
})

it('sends a call outside the hours to a destination of the agent', async () => {
  const ask = await asking({
    a: `numbers: ["*"]\nhours: { ${HOURS}, otherwise: { destination: desk } }\ndestinations: { desk: { phone: "+15550111" } }`,
  })
  expect(ask({ now: CLOSED })).toEqual({ type: 'destination', destination: 'desk', reason: 'a: outside its hours' })
})

it('keeps out callers who are blocked, by number, beginning or the lack of one', async () => {
  const ask = await asking({ a: 'numbers: ["*"]\ncallers: { block: ["+15550166", "+44*", anonymous] }' })
  const refused = {
    type: 'say',
    say: 'We are sorry, this number does not take your call.',
    reason: 'a: the caller is blocked',
  }
  expect(ask({ from: '+15550123' })).toBe('a')
  expect(ask({ from: 'sip:desk@example.com' })).toBe('a')
  for (const from of ['+15550166', '+442071838750', 'anonymous', '']) expect(ask({ from })).toMatchObject(refused)
  expect(ask({ from: '+155501660' })).toBe('a')
})

it('lets in only those who are allowed, of them none who are blocked, and sends others on', async () => {
  const ask = await asking({
    a: 'numbers: ["*"]\ncallers: { allow: ["+1555*", anonymous], block: ["+15550166"], otherwise: { agent: b } }',
    b: '',
  })
  expect(ask({ from: '+15550123' })).toBe('a')
  expect(ask({ from: 'anonymous' })).toBe('a')
  expect(ask({ from: '+442071838750' })).toBe('b')
  expect(ask({ from: '+15550166' })).toBe('b')
})

it('weighs who calls before when they call, and when before how many', async () => {
  const ask = await asking({
    a: `numbers: ["*"]\ncallers: { block: [anonymous] }\nhours: { ${HOURS} }\nlimits: { maxCalls: 1 }`,
  })
  const full = { a: 1 }
  expect(ask({ from: 'anonymous', now: CLOSED, live: full })).toMatchObject({ reason: 'a: the caller is blocked' })
  expect(ask({ now: CLOSED, live: full })).toMatchObject({ reason: 'a: outside its hours' })
  expect(ask({ live: full })).toMatchObject({ reason: 'a: it has as many calls as it may' })
  expect(ask({ live: { a: 0, b: 5 } })).toBe('a')
})

it('takes no more calls than a day’s budget bears, and says or does instead what the file says', async () => {
  const ask = await asking({
    a: 'numbers: ["+15550100"]\nlimits: { maxCostUsdPerDay: 5 }',
    b: 'numbers: ["+15550101"]\nlimits: { maxCostUsdPerCallerPerDay: 1, whenSpent: { agent: a } }',
    c: 'numbers: ["+15550102"]\nlimits: { maxCostUsdPerDay: 5, whenSpent: { destination: desk } }\ndestinations: { desk: { phone: "+15550111" } }',
  })
  expect(ask({ spent: { b: 'agent' } })).toBe('a')
  expect(ask({ spent: { a: 'agent' } })).toEqual({
    type: 'say',
    say: 'We are sorry, we cannot take more calls today. Please call again tomorrow.',
    language: null,
    reason: 'a: its budget for the day is spent',
  })
  expect(ask({ to: '+15550101', spent: { b: 'caller' } })).toBe('a')
  expect(ask({ to: '+15550102', spent: { c: 'caller' } })).toMatchObject({
    type: 'destination',
    destination: 'desk',
    reason: 'c: the budget of one caller for the day is spent',
  })
})

it('knows what becomes of calls beyond a budget, or says what is wrong with it', async () => {
  const { problems } = await told({
    'agents/a.yaml': 'instructions: hi\nlimits: { whenSpent: { destination: desk } }\n',
    'agents/b.yaml': 'instructions: hi\nlimits: { whenSpent: { agent: c } }\n',
  })
  expect(problems).toEqual([
    'agents/a.yaml:2:37  limits.whenSpent.destination: `desk` is not under `destinations`: name it there',
    'agents/b.yaml:2:31  limits.whenSpent.agent: there is no agent `c`: the agents are a, b',
  ])
})
