/** What the YAML of an agent may say. This schema is the one source of its type, its defaults and its checks. */
import { z } from 'zod'

const phoneNumber = z.string().regex(/^\+[1-9]\d{5,14}$/, 'a phone number in E.164 form, like +15550100')
const sentence = z.string().trim().min(1).max(600)

const TurnBy = z.discriminatedUnion('detection', [
  z.strictObject({
    detection: z.literal('semantic_vad'),
    eagerness: z.enum(['auto', 'low', 'medium', 'high']).default('auto'),
  }),
  z.strictObject({
    detection: z.literal('server_vad'),
    threshold: z.number().min(0).max(1).default(0.5),
    prefixPaddingMs: z.int().min(0).max(5000).default(300),
    silenceDurationMs: z.int().min(50).max(5000).default(500),
    idleTimeoutMs: z.int().min(5000).max(30_000).nullable().default(null),
  }),
])

/** Without a `detection` it is semantic_vad, whatever else is said of the turn. */
const Turn = z.preprocess(
  (turn) =>
    typeof turn === 'object' && turn !== null && !('detection' in turn) ? { detection: 'semantic_vad', ...turn } : turn,
  TurnBy,
)

const Transcription = z.strictObject({
  model: z.string().min(1).default('gpt-transcribe'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/, 'an ISO 639 code, like en')
    .nullable()
    .default(null),
  prompt: z.string().max(2000).nullable().default(null),
})

const Model = z.strictObject({
  provider: z.string().min(1).default('openai'),
  name: z.string().min(1).default('gpt-realtime-2.1'),
  voice: z.string().min(1).default('marin'),
  reasoning: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).nullable().default('low'),
  speed: z.number().min(0.25).max(1.5).default(1),
  maxOutputTokens: z.int().min(1).max(4096).nullable().default(null),
  noiseReduction: z.enum(['near_field', 'far_field']).nullable().default(null),
  transcription: Transcription.nullable().prefault({}),
  truncation: z
    .union(
      [
        z.enum(['auto', 'disabled']),
        z.strictObject({
          retentionRatio: z.number().min(0).max(1).default(0.8),
          maxTokens: z.int().min(1000).nullable().default(16_000),
        }),
      ],
      { error: 'auto, disabled, or `{ retentionRatio: 0.8, maxTokens: 16000 }`' },
    )
    .prefault({}),
})

const Destination = z.union(
  [
    z.strictObject({ phone: phoneNumber, description: z.string().min(1).optional() }),
    z.strictObject({
      sip: z.string().regex(/^sips?:[^\s<>"]+@[^\s<>"]+$/, 'a SIP address, like sip:desk@example.com'),
      description: z.string().min(1).optional(),
    }),
  ],
  {
    error:
      'either `{ phone: "+15550100" }` or `{ sip: "sip:desk@example.com" }`, each with a `description` if you like',
  },
)

export const AgentFile = z.strictObject({
  instructions: z.string().trim().min(1),
  /** Spoken first, once. Without it the caller speaks first. */
  greeting: sentence.nullable().default(null),
  /** Which called numbers this agent answers; "*" is any other. */
  numbers: z
    .array(z.union([z.literal('*'), phoneNumber], { error: 'a phone number in quotes, like "+15550100", or "*"' }))
    .default([]),
  model: Model.prefault({}),
  audio: z.strictObject({ wire: z.enum(['pcm16', 'g711']).default('pcm16') }).prefault({}),
  turn: Turn.prefault({}),
  /** Names of tools: files of config/tools, or built-in. */
  tools: z.array(z.string({ error: 'the name of a tool' })).default([]),
  /** Where `transfer_call` may send a caller, by name. */
  destinations: z
    .record(z.string().regex(/^[a-z0-9_-]{1,40}$/, 'a name of small letters, digits, `_` and `-`'), Destination)
    .default({}),
  limits: z
    .strictObject({
      maxMinutes: z.number().min(0.1).max(240).default(30),
      maxCostUsd: z.number().min(0.01).max(1000).default(2),
    })
    .prefault({}),
})
export type AgentFile = z.infer<typeof AgentFile>

/** An agent as calls see it: frozen, and never changed while a call holds it. */
export interface Agent extends AgentFile {
  /** The file's name without `.yaml`. */
  readonly name: string
  /** Hash of the file's content: two agents with the same version say the same. */
  readonly version: string
}

/** The agent that answers a called number: one that names it, else the one that takes any; null when there is neither. */
export function agentFor(agents: readonly Agent[], calledNumber: string): Agent | null {
  const byName = agents.find((agent) => agent.numbers.includes(calledNumber))
  return byName ?? agents.find((agent) => agent.numbers.includes('*')) ?? null
}
