import type { RealtimeAudioConfigInput, RealtimeSessionCreateRequest } from 'openai/resources/realtime/realtime'
import { describe, expect, it } from 'vitest'
import { ServerEvent } from '../../../src/providers/openai/protocol.ts'
import { echoFaults, isReasoningModel, sessionObject } from '../../../src/providers/openai/session-object.ts'
import type { SessionSettings } from '../../../src/providers/provider.ts'
import { SETTINGS } from '../../contracts/provider.ts'

const withModel = (model: Partial<SessionSettings['model']>): SessionSettings => ({
  ...SETTINGS,
  model: { ...SETTINGS.model, ...model },
})

/** Expected values are compiled against the official types, which refuse a field that they do not have. */
it('is the whole GA session object, µ-law without a rate', () => {
  expect(sessionObject(SETTINGS, true)).toEqual({
    type: 'realtime',
    output_modalities: ['audio'],
    instructions: 'You answer for Harbour Bikes.',
    reasoning: { effort: 'low' },
    audio: {
      input: {
        format: { type: 'audio/pcmu' },
        transcription: { model: 'gpt-transcribe' },
        turn_detection: { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true },
      },
      output: { format: { type: 'audio/pcmu' }, voice: 'marin', speed: 1 },
    },
    max_output_tokens: 'inf',
    parallel_tool_calls: true,
    tools: [
      {
        type: 'function',
        name: 'lookup_order',
        description: 'Finds an order.',
        parameters: { type: 'object', properties: {} },
      },
    ],
    tool_choice: 'auto',
    truncation: 'auto',
  } satisfies RealtimeSessionCreateRequest)
})

it('has every field of server_vad, and PCM with its one rate', () => {
  const turn = {
    detection: 'server_vad',
    threshold: 0.6,
    prefixPaddingMs: 250,
    silenceDurationMs: 700,
    idleTimeoutMs: 15_000,
  } as const
  const settings = { ...withModel({ noiseReduction: 'far_field' }), wire: 'pcm16', turn } as const
  expect(sessionObject(settings, true).audio.input).toEqual({
    format: { type: 'audio/pcm', rate: 24000 },
    noise_reduction: { type: 'far_field' },
    transcription: { model: 'gpt-transcribe' },
    turn_detection: {
      type: 'server_vad',
      threshold: 0.6,
      prefix_padding_ms: 250,
      silence_duration_ms: 700,
      idle_timeout_ms: 15_000,
      create_response: true,
      interrupt_response: true,
    },
  } satisfies RealtimeAudioConfigInput)
})

it('leaves out what a model without reasoning would refuse', () => {
  const session = sessionObject(withModel({ name: 'gpt-realtime-1.5' }), true)
  expect(session).not.toHaveProperty('reasoning')
  expect(session).not.toHaveProperty('parallel_tool_calls')
})

it.each([
  ['gpt-realtime-2', true],
  ['gpt-realtime-2.1', true],
  ['gpt-realtime-2.1-mini', true],
  ['gpt-realtime-2.1-2026-07-06', true],
  ['gpt-realtime-2-2026-05-07', true],
  ['gpt-realtime-10', true],
  ['gpt-realtime-1.5', false],
  ['gpt-realtime', false],
  ['gpt-realtime-mini', false],
  ['gpt-realtime-2025-08-28', false],
  ['gpt-realtime-mini-2025-12-15', false],
  ['qwen3-omni', false],
])('%s reasons: %s', (name, reasons) => {
  expect(isReasoningModel(name)).toBe(reasons)
})

it('leaves out each part that is off, and writes limits and custom voices as the wire wants them', () => {
  const settings = withModel({
    transcription: null,
    reasoning: null,
    maxOutputTokens: 800,
    voice: 'voice_1234',
    truncation: { retentionRatio: 0.8, maxTokens: 16_000 },
  })
  const session = sessionObject(settings, true)
  expect(session).not.toHaveProperty('reasoning')
  expect(session.audio.input).not.toHaveProperty('transcription')
  expect(session).toMatchObject({
    max_output_tokens: 800,
    audio: { output: { voice: { id: 'voice_1234' } } },
    truncation: { type: 'retention_ratio', retention_ratio: 0.8, token_limits: { post_instructions: 16_000 } },
  } satisfies Partial<RealtimeSessionCreateRequest>)
  const unlimited = withModel({ truncation: { retentionRatio: 0.5, maxTokens: null } })
  expect(sessionObject(unlimited, true).truncation).toEqual({ type: 'retention_ratio', retention_ratio: 0.5 })
})

it('leaves the transcription out when told to, with its language and prompt', () => {
  const settings = withModel({ transcription: { model: 'gpt-transcribe', language: 'de', prompt: 'bikes' } })
  const asked = { model: 'gpt-transcribe', language: 'de', prompt: 'bikes' }
  expect(sessionObject(settings, true).audio.input).toHaveProperty('transcription', asked)
  expect(sessionObject(settings, false).audio.input).not.toHaveProperty('transcription')
})

describe('the echo', () => {
  const faults = (session: object, settings = SETTINGS) => {
    const event = ServerEvent.parse({ type: 'session.updated', session })
    if (event.type !== 'session.updated') throw new Error('not an echo')
    return echoFaults(settings, event.session)
  }
  const pcmu = { format: { type: 'audio/pcmu' } }
  const good = { audio: { input: pcmu, output: { ...pcmu, voice: 'marin' } } }
  const PCM: SessionSettings = { ...SETTINGS, wire: 'pcm16' }

  it.each([
    ['what was asked', sessionObject(SETTINGS, true)],
    ['a rate beside µ-law', { audio: { input: { format: { type: 'audio/pcmu', rate: 8000 } }, output: pcmu } }],
    ['a dated snapshot of the model', { ...good, model: 'gpt-realtime-2.1-2026-07-06' }],
    ['voice as an object', { audio: { input: pcmu, output: { ...pcmu, voice: { id: 'marin' } } } }],
    ['fields nobody knows', { ...good, novelty: { deep: [1] } }],
  ])('agrees: %s', (_name, session) => {
    expect(faults(session)).toEqual([])
  })

  it('agrees with PCM that is not mentioned, since it is the default', () => {
    expect(faults({}, PCM)).toEqual([])
    expect(faults({ audio: { input: { format: { type: 'audio/pcm' } }, output: {} } }, PCM)).toEqual([])
  })

  it.each([
    [
      'output in PCM',
      { audio: { input: pcmu, output: { format: { type: 'audio/pcm', rate: 24000 } } } },
      ['audio.output.format'],
    ],
    ['nothing said of formats', {}, ['audio.input.format', 'audio.output.format']],
    ['A-law in', { audio: { input: { format: { type: 'audio/pcma' } }, output: pcmu } }, ['audio.input.format']],
    ['a bare name', { audio: { input: { format: 'g711_ulaw' }, output: pcmu } }, ['audio.input.format']],
  ])('is fatal: %s', (_name, session, fields) => {
    expect(
      faults(session)
        .filter(({ fatal }) => fatal)
        .map(({ field }) => field),
    ).toEqual(fields)
  })

  it('is fatal when PCM has another rate', () => {
    const pcm16k = { format: { type: 'audio/pcm', rate: 16000 } }
    expect(faults({ audio: { input: pcm16k, output: pcm16k } }, PCM)).toEqual([
      { field: 'audio.input.format', asked: 'audio/pcm 24000', got: 'audio/pcm 16000', fatal: true },
      { field: 'audio.output.format', asked: 'audio/pcm 24000', got: 'audio/pcm 16000', fatal: true },
    ])
  })

  it('tells of another voice, model or turn detection, and lets the session go on', () => {
    const session = {
      model: 'gpt-realtime-2.1-mini',
      audio: { input: { ...pcmu, turn_detection: null }, output: { ...pcmu, voice: 'alloy' } },
    }
    expect(faults(session)).toEqual([
      { field: 'audio.output.voice', asked: 'marin', got: 'alloy', fatal: false },
      { field: 'model', asked: 'gpt-realtime-2.1', got: 'gpt-realtime-2.1-mini', fatal: false },
      { field: 'audio.input.turn_detection', asked: 'semantic_vad', got: 'none', fatal: false },
    ])
  })
})
