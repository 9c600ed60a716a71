/**
 * The shapes that session settings and responses share, as strict as the API is: an unknown or misplaced field is an
 * error. Source: the GA realtime dialect (fact sheet, sections 4 to 6), field names as in the official types.
 */
import { z } from 'zod'
import { ALAW_8K, type AudioFormat, MULAW_8K, PCM16_24K } from '../../audio/format.ts'

/** 24 kHz is the only PCM rate and must be said; G.711 has no rate to say. */
export const WireFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24000) }),
  z.strictObject({ type: z.literal('audio/pcmu') }),
  z.strictObject({ type: z.literal('audio/pcma') }),
])
export type WireFormat = z.infer<typeof WireFormat>

export function audioFormat(format: WireFormat): AudioFormat {
  if (format.type === 'audio/pcm') return PCM16_24K
  return format.type === 'audio/pcmu' ? MULAW_8K : ALAW_8K
}

const VOICES = ['alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer', 'verse', 'marin', 'cedar'] as const
/** A named voice, or a custom one made from samples. */
export const Voice = z.union([z.enum(VOICES), z.strictObject({ id: z.string().regex(/^voice_/) })])

/** Never both: audio comes with its transcript, text comes alone. */
export const Modalities = z.tuple([z.enum(['audio', 'text'])])

const SharedTurnFields = {
  create_response: z.boolean().default(true),
  interrupt_response: z.boolean().default(true),
}
export const TurnDetection = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('server_vad'),
    threshold: z.number().min(0).max(1).default(0.5),
    prefix_padding_ms: z.int().min(0).default(300),
    silence_duration_ms: z.int().min(0).default(500),
    idle_timeout_ms: z.int().min(5000).max(30_000).nullable().default(null),
    ...SharedTurnFields,
  }),
  z.strictObject({
    type: z.literal('semantic_vad'),
    eagerness: z.enum(['low', 'medium', 'high', 'auto']).default('auto'),
    ...SharedTurnFields,
  }),
])
export type TurnDetection = z.infer<typeof TurnDetection>

const DELAYS = ['minimal', 'low', 'medium', 'high', 'xhigh'] as const
/** Which of these fields a transcription model takes is checked in session-settings.ts. */
export const Transcription = z.strictObject({
  model: z.enum([
    'whisper-1',
    'gpt-transcribe',
    'gpt-live-transcribe',
    'gpt-4o-mini-transcribe',
    'gpt-4o-mini-transcribe-2025-12-15',
    'gpt-4o-transcribe',
    'gpt-4o-transcribe-diarize',
    'gpt-realtime-whisper',
  ]),
  language: z.string().optional(),
  languages: z.array(z.string()).optional(),
  prompt: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  delay: z.enum(DELAYS).optional(),
})
export type Transcription = z.infer<typeof Transcription>

/** MCP tools, which the API would call by itself, are beyond this stand-in. */
export const FunctionTool = z.strictObject({
  type: z.literal('function'),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
})
export type FunctionTool = z.infer<typeof FunctionTool>
export const Tools = z.array(FunctionTool)

export const ToolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ type: z.literal('function'), name: z.string() }),
])
export type ToolChoice = z.infer<typeof ToolChoice>

export const MaxOutputTokens = z.union([z.literal('inf'), z.int().min(1).max(4096)])
export const Reasoning = z.strictObject({ effort: z.enum(DELAYS).optional() })
export const Prompt = z
  .strictObject({
    id: z.string(),
    version: z.string().nullable().optional(),
    variables: z.record(z.string(), z.unknown()).nullable().optional(),
  })
  .nullable()
export const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'expected at most 16 pairs')
  .nullable()

export const Truncation = z.union([
  z.enum(['auto', 'disabled']),
  z.strictObject({
    type: z.literal('retention_ratio'),
    retention_ratio: z.number().min(0).max(1),
    token_limits: z.strictObject({ post_instructions: z.int().min(0).optional() }).optional(),
  }),
])
export const Tracing = z
  .union([
    z.literal('auto'),
    z.strictObject({
      workflow_name: z.string().optional(),
      group_id: z.string().optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  ])
  .nullable()
