/** A session's settings: their defaults, how `session.update` changes them, and what may no longer change (fact sheet, section 5). */
import { z } from 'zod'
import { ProtocolError } from './protocol-error.ts'
import {
  MaxOutputTokens,
  Modalities,
  Prompt,
  Reasoning,
  ToolChoice,
  Tools,
  Tracing,
  Transcription,
  Truncation,
  TurnDetection,
  Voice,
  WireFormat,
} from './shapes.ts'

export interface Model {
  /** Reasoning models take `reasoning` and `parallel_tool_calls`; the others refuse them. */
  readonly reasoning: boolean
  /** Tokens a conversation may hold after the instructions: the context less the longest output. */
  readonly maxPostInstructions: number
}

const LARGE: Model = { reasoning: true, maxPostInstructions: 96_000 }
const SMALL: Model = { reasoning: false, maxPostInstructions: 28_224 }
/** Fact sheet, section 2. */
export const MODELS: ReadonlyMap<string, Model> = new Map([
  ['gpt-realtime-2.1', LARGE],
  ['gpt-realtime-2.1-mini', LARGE],
  ['gpt-realtime-2', LARGE],
  ['gpt-realtime-1.5', SMALL],
  ['gpt-realtime', SMALL],
  ['gpt-realtime-mini', SMALL],
])

const NoiseReduction = z.strictObject({
  type: z.enum(['near_field', 'far_field']),
  strength: z.number().min(0).max(1).optional(),
})
const Speed = z.number().min(0.25).max(1.5)
const Include = z.array(z.literal('item.input_audio_transcription.logprobs'))

/** Everything `session.update` may carry. Sparse: what is left out stays as it is. */
export const SettingsUpdate = z.strictObject({
  type: z.literal('realtime'),
  model: z.string().optional(),
  output_modalities: Modalities.optional(),
  instructions: z.string().optional(),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: WireFormat.optional(),
          noise_reduction: NoiseReduction.nullable().optional(),
          transcription: Transcription.nullable().optional(),
          turn_detection: TurnDetection.nullable().optional(),
        })
        .optional(),
      output: z
        .strictObject({ format: WireFormat.optional(), voice: Voice.optional(), speed: Speed.optional() })
        .optional(),
    })
    .optional(),
  include: Include.nullable().optional(),
  max_output_tokens: MaxOutputTokens.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: Reasoning.optional(),
  tools: Tools.optional(),
  tool_choice: ToolChoice.optional(),
  prompt: Prompt.optional(),
  tracing: Tracing.optional(),
  truncation: Truncation.optional(),
})

/** The effective settings, as `session.created` and `session.updated` show them. */
export const Settings = z.strictObject({
  type: z.literal('realtime'),
  model: z.string(),
  output_modalities: Modalities.default(['audio']),
  instructions: z
    .string()
    .default(
      'You are a helpful, witty, and friendly AI. Act like a human, but remember that you are not one. ' +
        'Your voice and personality should be warm and engaging. Talk quickly.',
    ),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: WireFormat.default({ type: 'audio/pcm', rate: 24000 }),
          noise_reduction: NoiseReduction.nullable().default(null),
          transcription: Transcription.nullable().default(null),
          turn_detection: TurnDetection.nullable().prefault({ type: 'server_vad' }),
        })
        .prefault({}),
      output: z
        .strictObject({
          format: WireFormat.default({ type: 'audio/pcm', rate: 24000 }),
          voice: Voice.default('alloy'),
          speed: Speed.default(1),
        })
        .prefault({}),
    })
    .prefault({}),
  include: Include.nullable().default(null),
  max_output_tokens: MaxOutputTokens.default('inf'),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: Reasoning.optional(),
  tools: Tools.default([]),
  tool_choice: ToolChoice.default('auto'),
  prompt: Prompt.default(null),
  tracing: Tracing.default(null),
  truncation: Truncation.default('auto'),
})
export type Settings = z.infer<typeof Settings>

export function defaultSettings(name: string, model: Model): Settings {
  return Settings.parse({ type: 'realtime', model: name, ...(model.reasoning ? { reasoning: { effort: 'low' } } : {}) })
}

/** What has happened in a session, where it decides which settings are locked. */
export interface Locks {
  /** The agent has been heard: its voice can no longer change. */
  readonly agentAudio: boolean
  /** Audio has come in: its format can no longer change. */
  readonly callerAudio: boolean
  readonly responseActive: boolean
}

/**
 * @param update the `session` of a `session.update`, already read by {@link SettingsUpdate}
 * @param raw the same as it came, without defaults: only what was said is changed
 * @throws ProtocolError when a setting cannot change any more, or does not go with another
 */
export function updateSettings(
  current: Settings,
  update: z.infer<typeof SettingsUpdate>,
  raw: unknown,
  model: Model,
  locks: Locks,
): Settings {
  const next = Settings.parse(merge(current, raw))
  refuseLocked(current, next, locks)
  refuseUnsupported(update, model)
  refuseMismatched(next, model)
  return next
}

function refuseLocked(current: Settings, next: Settings, locks: Locks): void {
  if (next.model !== current.model) {
    throw new ProtocolError('cannot_update_model', "Cannot update a session's model.", 'session.model')
  }
  const [input, output] = [next.audio.input, next.audio.output]
  if (locks.agentAudio && !same(output.voice, current.audio.output.voice)) {
    throw new ProtocolError(
      'cannot_update_voice',
      "Cannot update a conversation's voice if assistant audio is present.",
      'session.audio.output.voice',
    )
  }
  // The API does not document a change of format in mid-session; a client that tries is at fault here.
  if (locks.callerAudio && !same(input.format, current.audio.input.format)) {
    throw new ProtocolError(
      'cannot_update_audio_format',
      'Cannot update the input audio format once audio has been appended.',
      'session.audio.input.format',
    )
  }
  if (locks.agentAudio && !same(output.format, current.audio.output.format)) {
    throw new ProtocolError(
      'cannot_update_audio_format',
      'Cannot update the output audio format once assistant audio is present.',
      'session.audio.output.format',
    )
  }
  if (locks.responseActive && output.speed !== current.audio.output.speed) {
    throw new ProtocolError(
      'cannot_update_speed',
      'Cannot update the speed while a response is in progress.',
      'session.audio.output.speed',
    )
  }
  if (current.tracing !== null && !same(next.tracing, current.tracing)) {
    throw new ProtocolError(
      'cannot_update_tracing',
      'Cannot update the tracing of a session once it is enabled.',
      'session.tracing',
    )
  }
}

/** @throws ProtocolError when the model does not reason and is asked to. Also checked for a single response. */
export function refuseUnsupported(
  asked: { readonly reasoning?: unknown; readonly parallel_tool_calls?: unknown },
  model: Model,
  prefix = 'session',
): void {
  if (model.reasoning) return
  for (const field of ['reasoning', 'parallel_tool_calls'] as const) {
    if (asked[field] === undefined) continue
    const param = `${prefix}.${field}`
    throw new ProtocolError(
      'unsupported_parameter',
      `Unsupported parameter: '${param}' is not supported with this model.`,
      param,
    )
  }
}

function refuseMismatched({ audio, tools, tool_choice, truncation }: Settings, model: Model): void {
  refuseUnknownTool(tool_choice, tools, 'session.tool_choice')
  if (audio.input.transcription) refuseTranscription(audio.input.transcription, audio.input.turn_detection)
  const limit = typeof truncation === 'object' ? truncation.token_limits?.post_instructions : undefined
  if (limit !== undefined && limit > model.maxPostInstructions) {
    const param = 'session.truncation.token_limits.post_instructions'
    throw new ProtocolError(
      'integer_above_max_value',
      `Invalid '${param}': integer above maximum value. Expected a value <= ${model.maxPostInstructions}, but got ${limit} instead.`,
      param,
    )
  }
}

/** @throws ProtocolError when a tool is to be called that there is not */
export function refuseUnknownTool(choice: ToolChoice, tools: z.infer<typeof Tools>, param: string): void {
  if (typeof choice === 'string' || tools.some((tool) => tool.name === choice.name)) return
  throw new ProtocolError('invalid_value', `Tool choice '${choice.name}' not found in 'tools' parameter.`, param)
}

/** Fact sheet, sections 5 and 14: which transcription model takes which field, and which bears no turn detection. */
function refuseTranscription(transcription: Transcription, turns: TurnDetection | null): void {
  const { model } = transcription
  const takesHints = model === 'gpt-transcribe' || model === 'gpt-live-transcribe'
  const refused =
    (!takesHints && (transcription.keywords ? 'keywords' : transcription.languages && 'languages')) ||
    (model === 'gpt-realtime-whisper' ? transcription.prompt && 'prompt' : transcription.delay && 'delay')
  if (refused) {
    const param = `session.audio.input.transcription.${refused}`
    throw new ProtocolError('unsupported_parameter', `'${param}' is not supported with '${model}'.`, param)
  }
  if (turns && (model === 'gpt-live-transcribe' || model === 'gpt-realtime-whisper')) {
    throw new ProtocolError(
      'invalid_value',
      `Turn detection is not supported for transcription model '${model}'.`,
      'session.audio.input.turn_detection',
    )
  }
}

/** Objects of one kind are merged field by field; anything else, an object of another `type` too, is replaced. */
function merge(current: unknown, update: unknown): unknown {
  if (!isObject(current) || !isObject(update) || current.type !== (update.type ?? current.type)) return update
  return Object.fromEntries(
    [...new Set([...Object.keys(current), ...Object.keys(update)])].map((key) => [
      key,
      key in update ? merge(current[key], update[key]) : current[key],
    ]),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
