/**
 * What the YAML of an agent may say. This schema is the one source of its type, its defaults, its checks, the JSON Schema
 * that editors complete with, and the tables of docs/agent.md: every key says here what it is for.
 */
import { z } from 'zod'
import { HttpToolDefinition } from '../tools/http/definition.ts'
import { McpServerDefinition } from '../tools/mcp/shape.ts'
import { BeforeGreeting } from './before-greeting.ts'
import { Hours } from './hours.ts'
import { Recording, Retention, Webhooks } from './keeping.ts'
import { Model, Turn } from './talk.ts'
import { destinationName, languageCode, Otherwise, phoneNumber, sentence } from './values.ts'

const description = z
  .string()
  .min(1)
  .optional()
  .meta({ description: 'For the model: who is reached there and for what.', examples: ['people who repair bicycles'] })

const Destination = z.union(
  [
    z.strictObject({
      phone: phoneNumber.meta({ description: 'A phone number that the carrier dials.', examples: ['+15550111'] }),
      description,
    }),
    z.strictObject({
      sip: z
        .string()
        .regex(/^sips?:[^\s<>"]+@[^\s<>"]+$/, 'a SIP address, like sip:desk@example.com')
        .meta({
          description: 'A SIP address that the carrier dials.',
          allowed: 'sip: or sips:',
          examples: ['sip:desk@example.com'],
        }),
      description,
    }),
  ],
  {
    error:
      'either `{ phone: "+15550100" }` or `{ sip: "sip:desk@example.com" }`, each with a `description` if you like',
  },
)

const calledNumber = z
  .union([z.literal('*'), phoneNumber], { error: 'a phone number in quotes, like "+15550100", or "*"' })
  .meta({ allowed: 'E.164 or `*`', called: 'number' })

const callerNumber = z
  .string()
  .regex(
    /^(\+[1-9]\d{0,14}\*?|anonymous)$/,
    'a phone number like "+15550100", the beginning of some like "+1555*", or anonymous',
  )
  .meta({ allowed: 'E.164, the beginning of it with `*`, or anonymous' })

const Callers = z.strictObject({
  allow: z
    .array(callerNumber)
    .nullable()
    .default(null)
    .meta({ description: 'Only these may call; null: everybody may.', examples: [['+1555*']] }),
  block: z
    .array(callerNumber)
    .default([])
    .meta({ description: 'These may not, even when they are allowed above.', examples: [['+15550166', 'anonymous']] }),
  otherwise: Otherwise.default({ say: 'We are sorry, this number does not take your call.' }).meta({
    description: 'What happens to callers who may not.',
    examples: [{ destination: 'front_desk' }],
  }),
})

const Limits = z.strictObject({
  maxMinutes: z
    .number()
    .min(0.1)
    .max(240)
    .default(30)
    .meta({ description: 'How long a call may last before it is wrapped up.', unit: 'minutes', examples: [10] }),
  maxCostUsd: z
    .number()
    .min(0.01)
    .max(1000)
    .default(2)
    .meta({
      description: 'What the model may cost in one call before it is wrapped up.',
      unit: 'USD',
      examples: [0.5],
    }),
  maxCostUsdPerDay: z
    .number()
    .min(0.01)
    .max(1_000_000)
    .nullable()
    .default(null)
    .meta({
      description:
        'What all calls of a day may cost, counted from midnight in the zone of `hours`, else UTC. Calls that are live then are wrapped up; null: no limit.',
      unit: 'USD',
      examples: [50],
    }),
  maxCostUsdPerCallerPerDay: z
    .number()
    .min(0.01)
    .max(1_000_000)
    .nullable()
    .default(null)
    .meta({
      description: 'The same for the calls of one caller’s number; calls without a number count as one caller.',
      unit: 'USD',
      examples: [5],
    }),
  whenSpent: Otherwise.default({
    say: 'We are sorry, we cannot take more calls today. Please call again tomorrow.',
  }).meta({
    description: 'What happens to calls beyond what a day may cost.',
    examples: [{ destination: 'front_desk' }],
  }),
  maxCalls: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .default(null)
    .meta({
      description: 'How many calls this agent talks in at the same time; null: as many as the server may.',
      examples: [20],
    }),
  whenFull: sentence.default('We are sorry, all lines are busy. Please call again in a few minutes.').meta({
    description: 'What a caller hears beyond `maxCalls`.',
    examples: ['All our agents are talking. Please try again soon.'],
  }),
})

export const AgentFile = z.strictObject({
  extends: z
    .string()
    .min(1)
    .optional()
    .meta({
      allowed: 'inside CONFIG_DIR',
      description: 'A file that says everything this one does not, relative to this one.',
      examples: ['./base/shop.yaml'],
    }),
  instructions: z
    .union(
      [
        z.string().trim().min(1),
        z.strictObject({
          file: z
            .string()
            .min(1)
            .meta({
              description: 'A Markdown file, relative to this one.',
              allowed: 'inside CONFIG_DIR',
              examples: ['./harbour-bikes.md'],
            }),
        }),
      ],
      { error: 'a text, or `{ file: ./instructions.md }`' },
    )
    .meta({
      description: 'What the model is told: who it is, what it does, what it must not do.',
      examples: ['You answer for Harbour Bikes. Be brief.'],
    }),
  greeting: z
    .union([sentence, z.record(languageCode, sentence)], {
      error: 'a sentence, or one for each language: `{ en: Hello., de: Guten Tag. }`',
    })
    .nullable()
    .default(null)
    .meta({
      description:
        'Spoken first, once. Null: the caller speaks first. In several languages, `language` says which is heard.',
      examples: ['Harbour Bikes, this is an automated assistant. How can I help?'],
    }),
  language: z
    .union([languageCode, z.record(calledNumber, languageCode)], {
      error: 'a language, or one for each called number: `{ "+4930550100": de, "*": en }`',
    })
    .nullable()
    .default(null)
    .meta({
      description: 'The language a call begins in, for all of them or by the called number.',
      examples: [{ '+4930550100': 'de', '*': 'en' }],
    }),
  numbers: z
    .array(calledNumber)
    .default([])
    .meta({ description: 'Which called numbers this agent answers; `"*"` is any other.', examples: [['+15550100']] }),
  callers: Callers.prefault({}).meta({
    description: 'Who may call. A caller’s number is easily forged: this keeps nuisances out, not thieves.',
  }),
  hours: Hours.nullable()
    .default(null)
    .meta({
      description: 'When this agent answers; null: always.',
      examples: [{ zone: 'Europe/Berlin', open: [{ days: ['mon-fri'], from: '09:00', to: '18:00' }] }],
    }),
  model: Model.prefault({}).meta({ description: 'The realtime model behind the agent.' }),
  audio: z
    .strictObject({
      wire: z
        .enum(['pcm16', 'g711'])
        .default('pcm16')
        .meta({
          description:
            'Between Earshot and the model: pcm16 is 24 kHz, g711 is the telephone’s own audio passed through.',
          examples: ['g711'],
        }),
    })
    .prefault({})
    .meta({ description: 'How audio travels.' }),
  turn: Turn.prefault({}).meta({ description: 'How the end of the caller’s turn is found.' }),
  tools: z
    .array(
      z.union(
        [
          z.string(),
          z.strictObject({
            http: HttpToolDefinition.meta({ description: 'A request to a backend, in YAML alone.' }),
          }),
          z.strictObject({
            mcp: McpServerDefinition.meta({ description: 'Tools of a server that speaks the Model Context Protocol.' }),
          }),
        ],
        {
          error:
            'the name of a tool, `{ http: { name: …, description: …, url: … } }`, or `{ mcp: { url: …, allow: […] } }`',
        },
      ),
    )
    .default([])
    .meta({
      description: 'Names of tools (files of config/tools, or built-in ones), requests to backends, and MCP servers.',
      examples: [['lookup_order', 'end_call']],
    }),
  beforeGreeting: BeforeGreeting.nullable()
    .default(null)
    .meta({
      description:
        'A tool that is asked while the model is being dialled, so that the agent knows who is calling; null: one named `lookup_caller` is, if there is one.',
      examples: [{ tool: 'lookup_caller', arguments: { phone: '{{call.from}}' }, withinMs: 500 }],
    }),
  destinations: z
    .record(destinationName, Destination)
    .default({})
    .meta({
      description: 'Where callers may be sent, by name: by `transfer_call`, and by `otherwise`.',
      examples: [{ workshop: { phone: '+15550111', description: 'people who repair bicycles' } }],
    }),
  limits: Limits.prefault({}).meta({ description: 'What a call may take.' }),
  recording: Recording.meta({ description: 'Whether and where the audio of calls is kept.' }),
  retention: Retention.meta({ description: 'How long what is known of calls is kept.' }),
  webhooks: Webhooks,
})
export type AgentFile = z.infer<typeof AgentFile>

/** An agent as calls see it: frozen, and never changed while a call holds it. */
export interface Agent extends Omit<AgentFile, 'extends' | 'instructions'> {
  /** The file's name without `.yaml`. */
  readonly name: string
  /** Hash of all that holds for it, defaults and included files too: agents with the same version say the same. */
  readonly version: string
  readonly instructions: string
}

/** The agent that answers a called number: one that names it, else the one that takes any; null when there is neither. */
export function agentFor(agents: readonly Agent[], calledNumber: string): Agent | null {
  const byName = agents.find((agent) => agent.numbers.includes(calledNumber))
  return byName ?? agents.find((agent) => agent.numbers.includes('*')) ?? null
}

/** An agent in one call, which begins in one language. */
export interface CallAgent extends Agent {
  readonly greeting: string | null
  readonly language: string | null
}

export function inCall(agent: Agent, calledNumber: string): CallAgent {
  const { greeting } = agent
  const language = languageFor(agent, calledNumber)
  if (greeting === null || typeof greeting === 'string') return { ...agent, greeting, language }
  return { ...agent, greeting: (language === null ? undefined : own(greeting, language)) ?? only(greeting), language }
}

/** The language of calls to this number; null when the agent's file does not say. */
export function languageFor({ language }: Pick<Agent, 'language'>, calledNumber: string): string | null {
  if (language === null || typeof language === 'string') return language
  return own(language, calledNumber) ?? language['*'] ?? null
}

/** Numbers come from the wire, and must not find what every object has. */
function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** The one greeting there is; of several, `loadAgents` has made sure that the language is known. */
function only(greetings: Readonly<Record<string, string>>): string | null {
  const [first, second] = Object.values(greetings)
  return second === undefined ? (first ?? null) : null
}
