/** The eleven client events of the GA realtime dialect, read strictly (fact sheet, sections 7 and 9). */
import { z } from 'zod'
import { ProtocolError, refusal } from './protocol-error.ts'
import { SettingsUpdate } from './session-settings.ts'
import {
  MaxOutputTokens,
  Metadata,
  Modalities,
  Prompt,
  Reasoning,
  ToolChoice,
  Tools,
  Voice,
  WireFormat,
} from './shapes.ts'

/** The API's own limit on identifiers that a client chooses. */
const Id = z
  .string()
  .regex(/^[a-zA-Z0-9_-]+$/)
  .max(32)
const shared = { event_id: z.string().max(512).optional() }
const itemShared = {
  id: Id.optional(),
  object: z.literal('realtime.item').optional(),
  status: z.enum(['completed', 'incomplete', 'in_progress']).optional(),
}

const InputText = z.strictObject({ type: z.literal('input_text'), text: z.string() })
const InputAudio = z.strictObject({
  type: z.literal('input_audio'),
  audio: z.base64(),
  transcript: z.string().nullable().optional(),
})
const InputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.string().regex(/^data:image\/(png|jpeg);base64,/),
  detail: z.enum(['auto', 'low', 'high']).optional(),
})
/** Assistant audio cannot be seeded: an assistant's past words come as text. */
const OutputText = z.strictObject({ type: z.literal('output_text'), text: z.string() })

const message = { type: z.literal('message'), ...itemShared }
const NewItem = z.discriminatedUnion('type', [
  z.discriminatedUnion('role', [
    z.strictObject({ ...message, role: z.literal('system'), content: z.array(InputText) }),
    z.strictObject({
      ...message,
      role: z.literal('user'),
      content: z.array(z.discriminatedUnion('type', [InputText, InputAudio, InputImage])),
    }),
    z.strictObject({
      ...message,
      role: z.literal('assistant'),
      content: z.array(z.discriminatedUnion('type', [OutputText])),
    }),
  ]),
  z.strictObject({
    type: z.literal('function_call'),
    ...itemShared,
    call_id: Id.optional(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({ type: z.literal('function_call_output'), ...itemShared, call_id: Id, output: z.string() }),
])
export type NewItem = z.infer<typeof NewItem>

export const ResponseOptions = z.strictObject({
  conversation: z.enum(['auto', 'none']).optional(),
  input: z.array(z.union([NewItem, z.strictObject({ type: z.literal('item_reference'), id: z.string() })])).optional(),
  instructions: z.string().optional(),
  output_modalities: Modalities.optional(),
  audio: z
    .strictObject({
      output: z.strictObject({ format: WireFormat.optional(), voice: Voice.optional() }).optional(),
    })
    .optional(),
  tools: Tools.optional(),
  tool_choice: ToolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: Reasoning.optional(),
  max_output_tokens: MaxOutputTokens.optional(),
  prompt: Prompt.optional(),
  metadata: Metadata.optional(),
})
export type ResponseOptions = z.infer<typeof ResponseOptions>

const itemId = { item_id: z.string() }
const EVENTS = {
  'session.update': z.strictObject({ type: z.literal('session.update'), ...shared, session: SettingsUpdate }),
  'input_audio_buffer.append': z.strictObject({
    type: z.literal('input_audio_buffer.append'),
    ...shared,
    audio: z.string(),
  }),
  'input_audio_buffer.commit': z.strictObject({ type: z.literal('input_audio_buffer.commit'), ...shared }),
  'input_audio_buffer.clear': z.strictObject({ type: z.literal('input_audio_buffer.clear'), ...shared }),
  'conversation.item.create': z.strictObject({
    type: z.literal('conversation.item.create'),
    ...shared,
    previous_item_id: z.string().optional(),
    item: NewItem,
  }),
  'conversation.item.delete': z.strictObject({ type: z.literal('conversation.item.delete'), ...shared, ...itemId }),
  'conversation.item.retrieve': z.strictObject({ type: z.literal('conversation.item.retrieve'), ...shared, ...itemId }),
  'conversation.item.truncate': z.strictObject({
    type: z.literal('conversation.item.truncate'),
    ...shared,
    ...itemId,
    content_index: z.int().min(0),
    audio_end_ms: z.int().min(0),
  }),
  'response.create': z.strictObject({
    type: z.literal('response.create'),
    ...shared,
    response: ResponseOptions.optional(),
  }),
  'response.cancel': z.strictObject({
    type: z.literal('response.cancel'),
    ...shared,
    response_id: z.string().optional(),
  }),
  'output_audio_buffer.clear': z.strictObject({ type: z.literal('output_audio_buffer.clear'), ...shared }),
}
export type ClientEvent = z.infer<(typeof EVENTS)[keyof typeof EVENTS]>

/** What can be told of any client event, refused or not. */
export interface Received {
  readonly type: string | null
  readonly eventId: string | null
  /** The JSON as it came; undefined when it was not JSON. */
  readonly raw: unknown
}

const Envelope = z.looseObject({ type: z.unknown().optional(), event_id: z.unknown().optional() })

/** First look at a message: never throws, so that an error event can name the event it answers. */
export function receive(text: string): Received {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return { type: null, eventId: null, raw: undefined }
  }
  const envelope = Envelope.safeParse(raw)
  if (!envelope.success) return { type: null, eventId: null, raw }
  const { type, event_id } = envelope.data
  return {
    type: typeof type === 'string' ? type : null,
    eventId: typeof event_id === 'string' ? event_id : null,
    raw,
  }
}

/** @throws ProtocolError when the message is not exactly one of the eleven events */
export function readClientEvent(received: Received): ClientEvent {
  if (received.raw === undefined) {
    throw new ProtocolError('invalid_json', 'The message is not valid JSON.')
  }
  if (received.type === null) {
    throw new ProtocolError('missing_required_parameter', "Missing required parameter: 'type'.", 'type')
  }
  const schema = isEventType(received.type) ? EVENTS[received.type] : undefined
  if (!schema) {
    const known = Object.keys(EVENTS).map((name) => `'${name}'`)
    throw new ProtocolError(
      'invalid_value',
      `Invalid value: '${received.type}'. Supported values are: ${known.join(', ')}.`,
      'type',
    )
  }
  const event = schema.safeParse(received.raw)
  if (!event.success) throw refusal(event.error, received.raw)
  return event.data
}

function isEventType(type: string): type is keyof typeof EVENTS {
  return Object.hasOwn(EVENTS, type)
}
