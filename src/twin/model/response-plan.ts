/** Turns a request for a response into what will be said and called: session settings, overridden for this one response. */
import type { AudioFormat } from '../../audio/format.ts'
import type { ResponseOptions } from './client-events.ts'
import { type Conversation, type Item, itemOf } from './conversation.ts'
import type { Identifiers } from './identifiers.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ResponsePlan } from './responses.ts'
import { reply, type Script } from './script.ts'
import { type Model, refuseUnknownTool, refuseUnsupported, type Settings } from './session-settings.ts'
import type { FunctionTool } from './shapes.ts'
import { plannedCalls } from './tool-calls.ts'
import type { Unanswered } from './unanswered.ts'

export interface ResponseRequest {
  readonly trigger: 'client' | 'turn' | 'idle'
  readonly options: ResponseOptions
}

export interface PlanContext {
  readonly settings: Settings
  readonly model: Model
  readonly conversation: Conversation
  readonly script: Script
  readonly unanswered: Unanswered
  readonly voiceLocked: boolean
  readonly inputFormat: AudioFormat
  readonly ids: Identifiers
}

export interface Planned {
  readonly plan: ResponsePlan
  /** What the model reads, for the bill. */
  readonly input: readonly Item[]
  readonly instructions: string
  readonly tools: readonly FunctionTool[]
}

/** @throws ProtocolError when the options do not go with the session or name what does not exist */
export function planResponse({ trigger, options }: ResponseRequest, context: PlanContext): Planned {
  const { settings, model, conversation, script } = context
  refuseUnsupported(options, model, 'response')
  const tools = options.tools ?? settings.tools
  const choice = options.tool_choice ?? settings.tool_choice
  refuseUnknownTool(choice, tools, 'response.tool_choice')
  const voiceName = options.audio?.output?.voice ?? settings.audio.output.voice
  if (context.voiceLocked && JSON.stringify(voiceName) !== JSON.stringify(settings.audio.output.voice)) {
    throw new ProtocolError(
      'cannot_update_voice',
      "Cannot update a conversation's voice if assistant audio is present.",
      'response.audio.output.voice',
    )
  }
  const input = options.input ? inputOf(options.input, context) : [...conversation.items]
  // A client that repeats the agent's instructions and adds to them asks for what it adds.
  const instructed = options.instructions?.replace(settings.instructions, '').trim() || null
  // A response beside the conversation answers its own instructions, and leaves the caller's turn to the next one.
  const situation =
    options.conversation === 'none'
      ? { instructions: instructed, turn: null, results: [], silent: false, fresh: false }
      : context.unanswered.situation(instructed, trigger === 'idle')
  const chosen = reply(script, situation)
  const parallel = options.parallel_tool_calls ?? settings.parallel_tool_calls ?? true
  return {
    plan: {
      say: chosen.say,
      calls: plannedCalls(chosen, tools, choice, parallel),
      voice: script.voice,
      conversation: options.conversation === 'none' ? null : conversation,
      modality: (options.output_modalities ?? settings.output_modalities)[0],
      format: options.audio?.output?.format ?? settings.audio.output.format,
      voiceName,
      maxOutputTokens: options.max_output_tokens ?? settings.max_output_tokens,
      metadata: options.metadata ?? null,
    },
    input,
    instructions: options.instructions ?? settings.instructions,
    tools,
  }
}

/** The context of a response that brings its own, in whole items or by reference. */
function inputOf(written: NonNullable<ResponseOptions['input']>, context: PlanContext): Item[] {
  return written.map((entry, index) => {
    if (entry.type !== 'item_reference') {
      return itemOf(entry, entry.id ?? context.ids.next('item'), context.ids.next('call'), context.inputFormat)
    }
    const item = context.conversation.find(entry.id)
    if (item) return item
    const param = `response.input[${index}].id`
    throw new ProtocolError('invalid_value', `Item with id '${entry.id}' not found in conversation.`, param)
  })
}
