/** The GA session object: what is asked of a session, and whether the server's echo agrees. Source: fact sheet, sections 4 to 6. */
import type { ModelSettings, SessionSettings, TurnSettings } from '../provider.ts'
import type { EchoedSession } from './protocol.ts'

/** `rate` is refused beside G.711 and is always 24000 beside PCM (fact sheet, section 4). */
const WIRE_FORMATS = {
  pcm16: { type: 'audio/pcm', rate: 24000 },
  g711: { type: 'audio/pcmu' },
} as const

export type SessionObject = ReturnType<typeof sessionObject>

/** @param transcribe false: leave the caller's words out, when the server would not have that part */
export function sessionObject(settings: SessionSettings, transcribe: boolean) {
  const { model, wire } = settings
  const format = WIRE_FORMATS[wire]
  return {
    type: 'realtime' as const,
    output_modalities: ['audio' as const],
    instructions: settings.instructions,
    audio: {
      input: {
        format,
        // Both are off until asked for; a field that is left out keeps its default.
        ...(model.noiseReduction === null ? {} : { noise_reduction: { type: model.noiseReduction } }),
        ...(transcribe && model.transcription !== null ? { transcription: transcription(model.transcription) } : {}),
        turn_detection: turnDetection(settings.turn),
      },
      output: { format, voice: voice(model.voice), speed: model.speed },
    },
    max_output_tokens: model.maxOutputTokens ?? ('inf' as const),
    ...(isReasoningModel(model.name) ? reasoningFields(model) : {}),
    tools: settings.tools.map((tool) => ({
      type: 'function' as const,
      name: tool.name,
      description: tool.description,
      parameters: tool.parameters,
    })),
    tool_choice: 'auto' as const,
    truncation: truncation(model.truncation),
  }
}

/** Only gpt-realtime-2 and later take `reasoning` and `parallel_tool_calls` (fact sheet, section 2). */
export function isReasoningModel(name: string): boolean {
  const generation = /^gpt-realtime-(\d+)(?!\d*-\d\d-\d\d)/.exec(name)?.[1]
  return generation !== undefined && Number(generation) >= 2
}

function reasoningFields(model: ModelSettings) {
  const effort = model.reasoning === null ? {} : { reasoning: { effort: model.reasoning } }
  return { ...effort, parallel_tool_calls: true }
}

function transcription({ model, language, prompt }: NonNullable<ModelSettings['transcription']>) {
  return { model, ...(language === null ? {} : { language }), ...(prompt === null ? {} : { prompt }) }
}

function turnDetection(turn: TurnSettings) {
  const flags = { create_response: true, interrupt_response: true }
  if (turn.detection === 'semantic_vad') return { type: turn.detection, eagerness: turn.eagerness, ...flags }
  return {
    type: turn.detection,
    threshold: turn.threshold,
    prefix_padding_ms: turn.prefixPaddingMs,
    silence_duration_ms: turn.silenceDurationMs,
    idle_timeout_ms: turn.idleTimeoutMs,
    ...flags,
  }
}

/** Custom voices are objects (fact sheet, section 2). */
function voice(name: string): string | { id: string } {
  return name.startsWith('voice_') ? { id: name } : name
}

function truncation(wanted: ModelSettings['truncation']) {
  if (typeof wanted === 'string') return wanted
  return {
    type: 'retention_ratio' as const,
    retention_ratio: wanted.retentionRatio,
    ...(wanted.maxTokens === null ? {} : { token_limits: { post_instructions: wanted.maxTokens } }),
  }
}

/** One field in which the server's echo differs. `fatal`: audio would be noise. */
export interface EchoFault {
  readonly field: string
  readonly asked: string
  readonly got: string
  readonly fatal: boolean
}

/**
 * Compares the echoed `session.updated` with what was asked for: a server that ignored the format answers in PCM, and
 * the caller hears static (fact sheet, section 4). A server that echoes no format at all is taken to use the default.
 */
export function echoFaults(settings: SessionSettings, echo: EchoedSession): readonly EchoFault[] {
  const { input, output } = echo.audio ?? {}
  const asked = WIRE_FORMATS[settings.wire]
  const faults: EchoFault[] = []
  const compare = (field: string, wanted: string, got: string | undefined, fatal: boolean) => {
    if (got !== undefined && got !== wanted) faults.push({ field, asked: wanted, got, fatal })
  }
  compare('audio.input.format', formatName(asked), formatName(input?.format), true)
  compare('audio.output.format', formatName(asked), formatName(output?.format), true)
  const heard = output?.voice ?? undefined
  compare('audio.output.voice', settings.model.voice, typeof heard === 'object' ? heard.id : heard, false)
  compare('model', withoutDate(settings.model.name), echo.model && withoutDate(echo.model), false)
  // Null, when turn detection is off: the model would never answer by itself.
  const detection = input?.turn_detection === null ? 'none' : input?.turn_detection?.type
  compare('audio.input.turn_detection', settings.turn.detection, detection, false)
  return faults
}

function formatName(format: { type?: string | undefined; rate?: number | undefined } | null | undefined): string {
  const type = format?.type ?? 'audio/pcm'
  // G.711 has one rate, whether it is said or not.
  return type === 'audio/pcm' ? `${type} ${format?.rate ?? 24000}` : type
}

/** A model's name stands for its dated snapshots. */
function withoutDate(model: string): string {
  return model.replace(/-\d{4}-\d{2}-\d{2}$/, '')
}
