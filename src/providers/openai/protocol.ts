/**
 * What the realtime server says, GA dialect. Source: realtime fact sheet, sections 8, 9 and 12; a test holds these
 * schemas against the types of the official `openai` package.
 *
 * Lenient on purpose: fields and events appear without notice, so only what is read here is checked.
 */
import { z } from 'zod'

/** A bare name is the older dialect's way: read, so that the comparison can name the field that is wrong. */
const Format = z.union([
  z.object({ type: z.string().optional(), rate: z.number().optional() }),
  z.string().transform((type) => ({ type, rate: undefined })),
])

/** The part of the echoed session that is compared with what was asked for. */
const EchoedSession = z.object({
  model: z.string().optional(),
  /** Unix seconds. */
  expires_at: z.number().nullish(),
  audio: z
    .object({
      input: z
        .object({ format: Format.nullish(), turn_detection: z.object({ type: z.string().optional() }).nullish() })
        .optional(),
      output: z
        .object({ format: Format.nullish(), voice: z.union([z.string(), z.object({ id: z.string() })]).nullish() })
        .optional(),
    })
    .optional(),
})
export type EchoedSession = z.infer<typeof EchoedSession>

const Item = z.object({
  id: z.string().optional(),
  type: z.string(),
  role: z.string().optional(),
  status: z.string().nullish(),
  /** Of function_call and function_call_output. */
  call_id: z.string().optional(),
  name: z.string().nullish(),
  arguments: z.string().nullish(),
})
export type Item = z.infer<typeof Item>

const count = z.number().nullish()
const Usage = z.object({
  input_token_details: z
    .object({
      text_tokens: count,
      audio_tokens: count,
      image_tokens: count,
      cached_tokens_details: z.object({ text_tokens: count, audio_tokens: count, image_tokens: count }).nullish(),
    })
    .nullish(),
  output_token_details: z.object({ text_tokens: count, audio_tokens: count }).nullish(),
})
export type WireUsage = z.infer<typeof Usage>

const Response = z.object({
  id: z.string().optional(),
  /** Null when out of band. */
  conversation_id: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  status: z.string().nullish(),
  status_details: z
    .object({
      reason: z.string().nullish(),
      error: z.object({ type: z.string().nullish(), code: z.string().nullish() }).nullish(),
    })
    .nullish(),
  output: z.array(Item).nullish(),
  usage: Usage.nullish(),
})
export type Response = z.infer<typeof Response>

const ServerError = z.object({
  type: z.string().nullish(),
  code: z.string().nullish(),
  message: z.string().nullish(),
  param: z.string().nullish(),
  /** Of the client event that caused it. */
  event_id: z.string().nullish(),
})
export type ServerError = z.infer<typeof ServerError>

const type = <const Name extends string>(name: Name) => z.literal(name)
const ofItem = { response_id: z.string(), item_id: z.string() }

export const ServerEvent = z.discriminatedUnion('type', [
  z.object({ type: type('session.created'), session: EchoedSession }),
  z.object({ type: type('session.updated'), session: EchoedSession }),
  z.object({ type: type('error'), error: ServerError }),
  z.object({ type: type('input_audio_buffer.speech_started'), item_id: z.string(), audio_start_ms: z.number() }),
  z.object({ type: type('input_audio_buffer.speech_stopped'), item_id: z.string(), audio_end_ms: z.number() }),
  z.object({ type: type('input_audio_buffer.committed'), item_id: z.string() }),
  z.object({ type: type('conversation.item.added'), item: Item }),
  z.object({ type: type('conversation.item.created'), item: Item }),
  z.object({ type: type('conversation.item.done'), item: Item }),
  z.object({
    type: type('conversation.item.input_audio_transcription.delta'),
    item_id: z.string(),
    delta: z.string().nullish(),
  }),
  z.object({
    type: type('conversation.item.input_audio_transcription.completed'),
    item_id: z.string(),
    transcript: z.string(),
  }),
  z.object({
    type: type('conversation.item.input_audio_transcription.failed'),
    item_id: z.string(),
    error: ServerError.nullish(),
  }),
  z.object({ type: type('response.created'), response: Response }),
  z.object({ type: type('response.done'), response: Response }),
  z.object({ type: type('response.output_item.added'), response_id: z.string(), item: Item }),
  z.object({
    type: type('response.output_item.done'),
    response_id: z.string(),
    output_index: z.number(),
    item: Item,
  }),
  z.object({ type: type('response.output_audio.delta'), ...ofItem, delta: z.string() }),
  z.object({ type: type('response.output_audio.done'), ...ofItem }),
  z.object({ type: type('response.output_audio_transcript.delta'), ...ofItem, delta: z.string() }),
  z.object({ type: type('response.output_audio_transcript.done'), ...ofItem, transcript: z.string() }),
])
export type ServerEvent = z.infer<typeof ServerEvent>

const READ: ReadonlySet<string> = new Set(ServerEvent.options.map((option) => option.shape.type.value))

/** Events of the official list that tell this provider nothing it acts on. Any other is unknown, and counted. */
const KNOWN: ReadonlySet<string> = new Set([
  'conversation.created',
  'conversation.item.deleted',
  'conversation.item.input_audio_transcription.segment',
  'conversation.item.retrieved',
  'conversation.item.truncated',
  'input_audio_buffer.cleared',
  'input_audio_buffer.dtmf_event_received',
  'input_audio_buffer.timeout_triggered',
  'mcp_list_tools.completed',
  'mcp_list_tools.failed',
  'mcp_list_tools.in_progress',
  'output_audio_buffer.cleared',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'rate_limits.updated',
  'response.content_part.added',
  'response.content_part.done',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.mcp_call.completed',
  'response.mcp_call.failed',
  'response.mcp_call.in_progress',
  'response.mcp_call_arguments.delta',
  'response.mcp_call_arguments.done',
  'response.output_text.delta',
  'response.output_text.done',
])

const AnyEvent = z.object({ type: z.string() })

/**
 * @param text one message of the server
 * @returns null for a known event that is not acted on; `unknown` for one this dialect does not have
 * @throws SyntaxError or ZodError when the message is not JSON, or lacks what its type must have
 */
export function readServerEvent(text: string): ServerEvent | { readonly type: 'unknown' } | null {
  const json: unknown = JSON.parse(text)
  const { type } = AnyEvent.parse(json)
  if (READ.has(type)) return ServerEvent.parse(json)
  return KNOWN.has(type) ? null : { type: 'unknown' }
}
