/** How an agent talks: the model behind it and the turns of a conversation, as YAML says it. */
import { z } from 'zod'

const Detection = z.discriminatedUnion('detection', [
  z.strictObject({
    detection: z.literal('semantic_vad').meta({
      description: 'the model weighs what was said, and waits for the end of a sentence that pauses in its middle',
      default: 'semantic_vad',
      examples: ['semantic_vad'],
    }),
    eagerness: z
      .enum(['auto', 'low', 'medium', 'high'])
      .default('auto')
      .meta({ description: 'How soon it takes a pause for the end of a turn; auto is medium.', examples: ['low'] }),
  }),
  z.strictObject({
    detection: z.literal('server_vad').meta({ description: 'silence alone ends a turn' }),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta({ description: 'How loud is speech; higher for noisy lines.', examples: [0.6] }),
    prefixPaddingMs: z
      .int()
      .min(0)
      .max(5000)
      .default(300)
      .meta({ description: 'How much before the speech is kept with it.', unit: 'ms', examples: [300] }),
    silenceDurationMs: z
      .int()
      .min(50)
      .max(5000)
      .default(500)
      .meta({ description: 'How long a silence ends the turn.', unit: 'ms', examples: [700] }),
    idleTimeoutMs: z
      .int()
      .min(5000)
      .max(30_000)
      .nullable()
      .default(null)
      .meta({
        description: 'After so much silence the model asks whether the caller is still there; null: never.',
        unit: 'ms',
        examples: [10_000],
      }),
  }),
])

/** Without a `detection` it is semantic_vad, whatever else is said of the turn. */
export const Turn = z.preprocess(
  (turn) =>
    typeof turn === 'object' && turn !== null && !('detection' in turn) ? { detection: 'semantic_vad', ...turn } : turn,
  Detection,
)

/** How long a model that reasons may think. */
export const Effort = z.enum(['minimal', 'low', 'medium', 'high', 'xhigh'])

const Transcription = z.strictObject({
  model: z
    .string()
    .min(1)
    .default('gpt-transcribe')
    .meta({ description: 'The model that writes down what the caller says.', examples: ['gpt-transcribe'] }),
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/, 'an ISO 639 code, like en')
    .nullable()
    .default(null)
    .meta({
      description: 'The language callers speak, when it is always the same.',
      allowed: 'ISO 639, like en',
      examples: ['en'],
    }),
  prompt: z
    .string()
    .max(2000)
    .nullable()
    .default(null)
    .meta({
      description: 'Names and words that callers use and a stranger would misspell.',
      examples: ['Shimano, derailleur'],
    }),
})

export const Model = z.strictObject({
  provider: z
    .string()
    .min(1)
    .default('openai')
    .meta({ description: 'Who runs the model.', examples: ['openai'] }),
  name: z
    .string()
    .min(1)
    .default('gpt-realtime-2.1')
    .meta({ description: 'The model, by its provider’s name for it.', examples: ['gpt-realtime-2.1-mini'] }),
  voice: z
    .string()
    .min(1)
    .default('marin')
    .meta({ description: 'The voice, by name; `voice_…` is one of your own.', examples: ['cedar'] }),
  reasoning: Effort.nullable()
    .default('low')
    .meta({
      description:
        'How long the model thinks before it speaks: more is slower. Models that do not reason are not asked to.',
      examples: ['minimal'],
    }),
  speed: z
    .number()
    .min(0.25)
    .max(1.5)
    .default(1)
    .meta({ description: 'How fast it speaks; 1 is as the voice was made.', examples: [1.1] }),
  maxOutputTokens: z
    .int()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .meta({
      description: 'How long one answer may be; null: as long as the model may.',
      unit: 'tokens',
      examples: [1200],
    }),
  noiseReduction: z
    .enum(['near_field', 'far_field'])
    .nullable()
    .default(null)
    .meta({
      description: 'Cleans the caller’s audio: near_field for a handset, far_field for a room.',
      examples: ['far_field'],
    }),
  transcription: Transcription.nullable()
    .prefault({})
    .meta({
      description: 'Writes down what the caller says; null: the log has no words of the caller.',
      examples: [{ language: 'en' }],
    }),
  truncation: z
    .union(
      [
        z.enum(['auto', 'disabled']),
        z.strictObject({
          retentionRatio: z
            .number()
            .min(0)
            .max(1)
            .default(0.8)
            .meta({
              description: 'How much of a conversation that became too long is kept.',
              examples: [0.8],
            }),
          maxTokens: z
            .int()
            .min(1000)
            .nullable()
            .default(16_000)
            .meta({
              description: 'When a conversation is too long; null: when the model can hold no more.',
              unit: 'tokens',
              examples: [16_000],
            }),
        }),
      ],
      { error: 'auto, disabled, or `{ retentionRatio: 0.8, maxTokens: 16000 }`' },
    )
    .prefault({})
    .meta({
      description: 'What happens to a long conversation. The older half of it costs money at every answer.',
      examples: ['auto'],
    }),
})
