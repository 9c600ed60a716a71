import { expect, it } from 'vitest'
import { told } from './config-folder.ts'

const one = (yaml: string, known = {}) => told({ 'agents/x.yaml': `instructions: hi\n${yaml}` }, known)

it.each([
  [
    'a voice of another product',
    'model: { voice: nova }',
    '2:17  model.voice: gpt-realtime-2.1 has no voice `nova`: the voices are alloy, ash, ballad, coral, echo, sage, shimmer, verse, marin, cedar',
  ],
  [
    'a misspelt voice',
    'model: { voice: shimer }',
    '2:17  model.voice: gpt-realtime-2.1 has no voice `shimer`: did you mean `shimmer`?',
  ],
  [
    'an effort of a model that does not reason',
    'model: { name: gpt-realtime-1.5, reasoning: low }',
    '2:45  model.reasoning: `low` cannot be, gpt-realtime-1.5 does not reason: remove the key',
  ],
  [
    'a greeting that no language names',
    'greeting: { en: Hello., de: Hallo. }\nlanguage: fr',
    '3:11  language: there is no greeting in `fr`: the greetings are in en, de',
  ],
  [
    'a number without a language',
    'numbers: ["+15550100", "+15550101"]\ngreeting: { en: Hello., de: Hallo. }\nlanguage: { "+15550100": de }',
    '3:11  greeting: which greeting callers of +15550101 hear is not said: add `language: en`, or one for each called number',
  ],
  [
    'a language that is none',
    'greeting: { english: Hello. }',
    '2:13  greeting.english: `english` does not fit: a language, like en or pt-BR',
  ],
  [
    'hours that lead to nobody',
    'hours: { zone: UTC, open: [], otherwise: { agent: nigth } }',
    '2:51  hours.otherwise.agent: there is no agent `nigth`: did you mean `night`?',
  ],
  [
    'hours that lead nowhere',
    'hours: { zone: UTC, open: [], otherwise: { destination: desk } }',
    '2:57  hours.otherwise.destination: `desk` is not under `destinations`: name it there',
  ],
  [
    'callers who lead nowhere',
    'callers: { otherwise: { destination: dsk } }\ndestinations: { desk: { phone: "+15550111" } }',
    '2:38  callers.otherwise.destination: `dsk` is not under `destinations`: did you mean `desk`?',
  ],
  [
    'a choice that is two',
    'callers: { otherwise: { say: No., agent: night } }',
    '2:23  callers.otherwise: {"say":"No.","agent":"night"} does not fit: one of `{ say: a sentence }`, `{ agent: its name }` and `{ destination: its name }`',
  ],
  [
    'a caller that is none',
    'callers: { block: ["555*"] }',
    '2:20  callers.block.0: "555*" does not fit: a phone number like "+15550100", the beginning of some like "+1555*", or anonymous',
  ],
  [
    'a zone that is none',
    'hours: { zone: Europe/Berln, open: [] }',
    '2:16  hours.zone: "Europe/Berln" does not fit: did you mean `Europe/Berlin`?',
  ],
  [
    'a day that is none',
    'hours: { zone: UTC, open: [{ days: [mon-fry], from: "09:00", to: "18:00" }] }',
    '2:37  hours.open.0.days.0: "mon-fry" does not fit: a day or days, like mon or mon-fri; the days are sun, mon, tue, wed, thu, fri, sat',
  ],
  [
    'a time that is none',
    'hours: { zone: UTC, open: [{ days: [mon], from: "9:00", to: "18:00" }] }',
    '2:49  hours.open.0.from: "9:00" does not fit: a time of day in quotes, from "00:00" to "23:59"',
  ],
  [
    'a holiday that does not exist',
    'hours: { zone: UTC, open: [], holidays: ["2027-02-29"] }',
    '2:42  hours.holidays.0: "2027-02-29" does not fit: a date that exists, like "2026-12-25"',
  ],
])('refuses %s', async (_what, yaml, expected) => {
  const { problems } = await told({
    'agents/x.yaml': `instructions: hi\n${yaml}\n`,
    'agents/night.yaml': 'instructions: hi\n',
  })
  expect(problems).toEqual([`agents/x.yaml:${expected}`])
})

it.each([
  ['a voice of your own', 'model: { voice: voice_123 }'],
  ['a dated model', 'model: { name: gpt-realtime-2.1-2026-07-06, voice: cedar, reasoning: xhigh }'],
  ['a model nobody here knows', 'model: { name: acme-speech-1, voice: bob, reasoning: high }'],
  ['a model that does not reason and is not asked to', 'model: { name: gpt-realtime-1.5 }'],
  ['one greeting in one language', 'greeting: { en: Hello. }'],
  [
    'a greeting for every number',
    'numbers: ["*"]\ngreeting: { en: Hello., de: Hallo. }\nlanguage: { "*": en, "+15550100": de }',
  ],
  ['hours in a zone by an older name', 'hours: { zone: Europe/Kiev, open: [] }'],
])('takes %s', async (_what, yaml) => {
  expect((await one(`${yaml}\n`)).problems).toEqual([])
})

it('says where recordings go to a store that the environment does not name', async () => {
  const yaml = 'recording: { mode: on, store: s3 }'
  const s3Fault = 'recordings in s3 need RECORDINGS_S3_URL in the environment, or `store: disk`'
  expect((await one(yaml, { s3Fault })).problems).toEqual([`agents/x.yaml:2:31  recording.store: ${s3Fault}`])
  expect((await one(yaml)).problems).toEqual([])
  expect((await one('recording: { mode: on }', { s3Fault })).problems).toEqual([])
})

it('says that no agent lists the tool for consent: those that ask have it', async () => {
  const message = 'agents with `recording: { mode: after_consent }` have allow_recording by themselves: remove it'
  expect((await one('tools: [allow_recording]')).problems).toEqual([`agents/x.yaml:2:9  tools.0: ${message}`])
})

it('warns of a model without a price and of one that is switched off soon, and takes them', async () => {
  const { agents, problems, warnings } = await told({
    'agents/a.yaml': 'instructions: hi\nmodel: { name: gpt-realtime-2.l }\n',
    'agents/b.yaml': 'instructions: hi\nmodel:\n  name: gpt-realtime\n',
  })
  expect(agents.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(problems).toEqual([])
  const priceless = (name: string) =>
    `the price of ${name} is not known, so its calls show no cost and limits.maxCostUsd cannot hold them: add it to pricing.yaml`
  expect(warnings).toEqual([
    `agents/a.yaml:2:16  model.name: ${priceless('gpt-realtime-2.l')}, or did you mean \`gpt-realtime-2.1\`?`,
    'agents/b.yaml:3:9  model.name: gpt-realtime is switched off by its provider on 2027-01-20',
    expect.stringMatching(/^agents\/b\.yaml:3:9 {2}model\.name: the price of gpt-realtime is not known/),
  ])
})

it('warns of the price of the model that nobody named', async () => {
  const { warnings } = await one('', { pricedModels: [] })
  expect(warnings).toEqual([
    expect.stringMatching(/^agents\/x\.yaml:1:1 {2}model\.name: the price of gpt-realtime-2\.1 /),
  ])
})

it('points at the tools that instructions name and the agent lacks', async () => {
  const yaml = `tools: [end_call]
instructions: |
  Take a note of what they say, and \`note\` it.
  Then call lookup_order, lookup_order_2 or my-lookup_order, and end_call.
`
  expect((await told({ 'agents/x.yaml': yaml })).problems).toEqual([
    'agents/x.yaml:4:13  instructions: the instructions name the tool `lookup_order`, which the agent does not have: add it to `tools`',
    'agents/x.yaml:3:37  instructions: the instructions name the tool `note`, which the agent does not have: add it to `tools`',
  ])
  const included = await told({
    'agents/x.yaml': 'instructions: { file: x.md }\n',
    'agents/x.md': '\n# Orders\n\nUse `lookup_order`.\n',
  })
  expect(included.problems).toEqual([
    'agents/x.md:4:5  instructions: the instructions name the tool `lookup_order`, which the agent does not have: add it to `tools`',
  ])
})

it('says where a webhook cannot go, and that its secret is none, without the secret', async () => {
  const yaml =
    'webhooks: [{ url: "http://crm.example/hook", signingSecret: "$' +
    '{HOOK}" }, { url: "https://crm.example/hook", signingSecret: "$' +
    '{GOOD}" }]'
  const known = {
    env: { HOOK: 'hunter2', GOOD: `whsec_${Buffer.alloc(32).toString('base64')}` },
    hostFault: (url: URL) => (url.protocol === 'http:' ? 'http is not encrypted' : null),
  }
  expect((await one(yaml, known)).problems).toEqual([
    'agents/x.yaml:2:19  webhooks.0.url: http is not encrypted',
    'agents/x.yaml:2:61  webhooks.0.signingSecret: HOOK is no secret of a webhook: set it to `whsec_` and base64 of 24 to 64 bytes',
  ])
})
