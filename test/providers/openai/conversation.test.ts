import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { NO_USAGE } from '../../../src/call/usage.ts'
import { Conversation, usageOf } from '../../../src/providers/openai/conversation.ts'
import { readServerEvent, ServerEvent } from '../../../src/providers/openai/protocol.ts'
import type { SessionEvent } from '../../../src/providers/provider.ts'
import type { Said } from './scripted-server.ts'

function take(conversation: Conversation, ...events: readonly Said[]): readonly SessionEvent[] {
  return events.flatMap((event) => conversation.take(ServerEvent.parse(event)))
}

function recorded(file: string, conversation = new Conversation(true)): readonly SessionEvent[] {
  const lines = readFileSync(new URL(`../../wire/openai/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return lines.flatMap((line) => {
    const event = readServerEvent(line)
    return event === null || event.type === 'unknown' ? [] : conversation.take(event)
  })
}

const inResponse = { response_id: 'resp_1', output_index: 0 }
const inItem = { ...inResponse, item_id: 'item_1', content_index: 0 }
const started = (id: string): Said => ({ type: 'response.created', response: { id, conversation_id: 'conv_1' } })
const done = (id: string, status: 'completed' | 'cancelled' | 'failed' | 'incomplete', more = {}): Said => ({
  type: 'response.done',
  response: { id, status, conversation_id: 'conv_1', ...more },
})
const call = (id: string, status?: 'completed' | 'incomplete') =>
  ({ type: 'function_call', call_id: id, name: 'lookup', arguments: '{}', ...(status && { status }) }) as const
const called = (toolCallId: string, outputIndex: number) =>
  ({ type: 'tool-called', responseId: 'resp_1', outputIndex, toolCallId, name: 'lookup', arguments: '{}' }) as const
const ended = (responseId: string, status: 'completed' | 'cancelled', detail = '') =>
  ({ type: 'response-ended', responseId, status, detail, usage: NO_USAGE }) as const

describe('recorded conversations', () => {
  it('a greeting', () => {
    expect(recorded('greeting.jsonl')).toEqual([
      { type: 'response-started', responseId: 'resp_1' },
      { type: 'item-started', responseId: 'resp_1', itemId: 'item_1' },
      { type: 'agent-words', itemId: 'item_1', text: 'Harbour' },
      { type: 'agent-words', itemId: 'item_1', text: ' Bikes.' },
      { type: 'item-audio-done', responseId: 'resp_1', itemId: 'item_1' },
      {
        type: 'response-ended',
        responseId: 'resp_1',
        status: 'completed',
        detail: '',
        usage: {
          inputText: 200,
          inputTextCached: 128,
          inputAudio: 40,
          inputAudioCached: 0,
          inputImage: 0,
          inputImageCached: 0,
          outputText: 12,
          outputAudio: 48,
        },
      },
    ])
  })

  it('an interruption, and an answer that fails', () => {
    expect(recorded('barge-in.jsonl')).toEqual([
      { type: 'response-started', responseId: 'resp_1' },
      { type: 'item-started', responseId: 'resp_1', itemId: 'item_1' },
      { type: 'agent-words', itemId: 'item_1', text: 'We open at' },
      { type: 'speech-started', itemId: 'item_2', audioMs: 5120 },
      { type: 'item-audio-done', responseId: 'resp_1', itemId: 'item_1' },
      {
        type: 'response-ended',
        responseId: 'resp_1',
        status: 'cancelled',
        detail: 'turn_detected',
        usage: { ...NO_USAGE, inputText: 60, inputAudio: 20, outputText: 2, outputAudio: 8 },
      },
      { type: 'speech-stopped', itemId: 'item_2', audioMs: 6400 },
      { type: 'turn-committed', itemId: 'item_2' },
      { type: 'response-started', responseId: 'resp_2' },
      { type: 'caller-transcript', itemId: 'item_2', text: 'Is my', final: false },
      { type: 'caller-transcript', itemId: 'item_2', text: 'Is my bike ready?', final: false },
      { type: 'caller-transcript', itemId: 'item_2', text: 'Is my bike ready?', final: true },
      {
        type: 'response-ended',
        responseId: 'resp_2',
        status: 'failed',
        detail: 'rate_limit_exceeded',
        usage: NO_USAGE,
      },
    ])
  })

  it('a preamble and parallel tool calls, one of which was never told of before its response was done', () => {
    const conversation = new Conversation(true)
    conversation.resultSent('call_a')
    expect(recorded('parallel-tools.jsonl', conversation)).toEqual([
      { type: 'response-started', responseId: 'resp_1' },
      { type: 'item-started', responseId: 'resp_1', itemId: 'item_1' },
      {
        type: 'tool-called',
        responseId: 'resp_1',
        outputIndex: 1,
        toolCallId: 'call_a',
        name: 'lookup_order',
        arguments: '{"order":"B7"}',
      },
      {
        type: 'tool-called',
        responseId: 'resp_1',
        outputIndex: 3,
        toolCallId: 'call_c',
        name: 'opening_hours',
        arguments: '{}',
      },
      {
        type: 'response-ended',
        responseId: 'resp_1',
        status: 'completed',
        detail: '',
        usage: { ...NO_USAGE, inputText: 10, inputTextCached: 10, inputAudio: 5, outputText: 3 },
      },
      { type: 'tool-result-accepted', toolCallId: 'call_a' },
    ])
  })
})

describe('tool calls', () => {
  it('are told of once, however often the server does', () => {
    const conversation = new Conversation(true)
    const item: Said = { type: 'response.output_item.done', ...inResponse, item: call('call_1', 'completed') }
    const told = take(conversation, started('resp_1'), item, item, done('resp_1', 'completed', { output: [item.item] }))
    expect(told.filter(({ type }) => type === 'tool-called')).toEqual([called('call_1', 0)])
  })

  it('of a response that was cancelled are not told of, neither late nor by its end', () => {
    const conversation = new Conversation(true)
    const told = take(
      conversation,
      started('resp_1'),
      done('resp_1', 'cancelled', { output: [call('call_1', 'completed')] }),
      { type: 'response.output_item.done', ...inResponse, item: call('call_2', 'completed') },
    )
    expect(told).toEqual([{ type: 'response-started', responseId: 'resp_1' }, ended('resp_1', 'cancelled')])
  })

  it('of a response that failed are not told of by its end', () => {
    const conversation = new Conversation(true)
    const told = take(
      conversation,
      started('resp_1'),
      done('resp_1', 'failed', { output: [call('call_1', 'completed')] }),
    )
    expect(told.map(({ type }) => type)).toEqual(['response-started', 'response-ended'])
  })

  it('without a status wait until their response is complete', () => {
    const conversation = new Conversation(true)
    const item: Said = { type: 'response.output_item.done', ...inResponse, item: call('call_1') }
    expect(take(conversation, started('resp_1'), item)).toEqual([{ type: 'response-started', responseId: 'resp_1' }])
    expect(take(conversation, done('resp_1', 'completed', { output: [call('call_1')] }))).toEqual([
      called('call_1', 0),
      ended('resp_1', 'completed'),
    ])
  })

  it('that cannot be answered are trouble', () => {
    const item = { type: 'function_call', status: 'completed', name: 'lookup', arguments: '{}' } as const
    expect(take(new Conversation(true), { type: 'response.output_item.done', ...inResponse, item })).toEqual([
      { type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail: 'a function call without an id or a name' },
    ])
  })

  it('are answered once, whichever events show the answer in the conversation', () => {
    const conversation = new Conversation(true)
    conversation.resultSent('call_1')
    const item = { type: 'function_call_output', call_id: 'call_1', output: '' } as const
    for (const type of ['added', 'created', 'done'] as const) {
      const told = take(conversation, { type: `conversation.item.${type}`, item })
      expect(told).toEqual(type === 'added' ? [{ type: 'tool-result-accepted', toolCallId: 'call_1' }] : [])
    }
  })
})

describe('responses', () => {
  it('out of band are paid for and otherwise ignored', () => {
    const conversation = new Conversation(true)
    const response = { id: 'resp_1', conversation_id: null, metadata: { topic: 'summary' } }
    // The official type leaves out the null that its own comment describes.
    const told = [
      { type: 'response.created', response },
      { type: 'response.output_item.added', ...inResponse, item: { id: 'item_1', type: 'message', role: 'assistant' } },
      { type: 'response.output_audio_transcript.delta', ...inItem, delta: 'Hello' },
      { type: 'response.output_audio.done', ...inItem },
      { type: 'response.output_item.done', ...inResponse, item: call('call_1', 'completed') },
      {
        type: 'response.done',
        response: { ...response, status: 'completed', usage: { output_token_details: { text_tokens: 7 } } },
      },
    ].flatMap((event) => conversation.take(ServerEvent.parse(event)))
    expect(told).toEqual([{ ...ended('resp_1', 'completed'), usage: { ...NO_USAGE, outputText: 7 } }])
    expect(conversation.isHeard('resp_1')).toBe(false)
  })

  it('of servers that name no conversation are heard', () => {
    const event = ServerEvent.parse({ type: 'response.created', response: { id: 'resp_1', conversation_id: null } })
    const conversation = new Conversation(true)
    expect(conversation.take(event)).toEqual([{ type: 'response-started', responseId: 'resp_1' }])
    expect(conversation.isHeard('resp_1')).toBe(true)
  })

  it('say nothing more once they were cancelled', () => {
    const conversation = new Conversation(true)
    take(conversation, started('resp_1'))
    expect(conversation.isHeard('resp_1')).toBe(true)
    expect(conversation.responseActive).toBe(true)
    take(conversation, done('resp_1', 'cancelled'))
    expect(conversation.isHeard('resp_1')).toBe(false)
    expect(conversation.hasEnded('resp_1')).toBe(true)
    expect(conversation.responseActive).toBe(false)
    expect(
      take(
        conversation,
        {
          type: 'response.output_item.added',
          ...inResponse,
          item: { id: 'i', type: 'message', role: 'assistant', content: [] },
        },
        { type: 'response.output_audio_transcript.delta', ...inItem, delta: 'late' },
        { type: 'response.output_audio.done', ...inItem },
      ),
    ).toEqual([])
  })

  it('that completed may still have audio on its way', () => {
    const conversation = new Conversation(true)
    take(conversation, started('resp_1'), done('resp_1', 'completed'))
    expect(conversation.isHeard('resp_1')).toBe(true)
  })

  it('are forgotten after many others, and not before', () => {
    const conversation = new Conversation(true)
    for (let i = 0; i < 100; i += 1) take(conversation, started(`resp_${i}`), done(`resp_${i}`, 'cancelled'))
    expect(conversation.isHeard('resp_99')).toBe(false)
    expect(conversation.isHeard('resp_40')).toBe(false)
    expect(conversation.isHeard('resp_0')).toBe(true)
  })

  it.each([
    [{ reason: 'client_cancelled' }, 'client_cancelled'],
    [{ error: { type: 'server_error', code: 'boom' } }, 'boom'],
    [{ error: { type: 'server_error' } }, 'server_error'],
    [undefined, ''],
  ])('say why they ended: %j', (status_details, detail) => {
    const conversation = new Conversation(true)
    const told = take(conversation, done('resp_1', 'incomplete', { status_details }))
    expect(told).toEqual([
      { type: 'response-ended', responseId: 'resp_1', status: 'incomplete', detail, usage: NO_USAGE },
    ])
  })

  it('without an id are the one that runs', () => {
    const conversation = new Conversation(true)
    take(conversation, started('resp_1'))
    expect(take(conversation, { type: 'response.done', response: { status: 'completed' } })).toEqual([
      ended('resp_1', 'completed'),
    ])
    expect(take(conversation, { type: 'response.done', response: { status: 'completed' } })).toEqual([])
  })
})

describe('words', () => {
  it('of the agent that do not come in parts come whole, once', () => {
    const conversation = new Conversation(true)
    const whole: Said = { type: 'response.output_audio_transcript.done', ...inItem, transcript: 'Hello.' }
    expect(take(conversation, whole)).toEqual([{ type: 'agent-words', itemId: 'item_1', text: 'Hello.' }])
  })

  it('of the caller that could not be transcribed are final and empty', () => {
    const failed: Said = {
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: 'item_1',
      content_index: 0,
      error: { code: 'audio_unintelligible' },
    }
    expect(take(new Conversation(true), failed)).toEqual([
      { type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail: 'a turn of the caller was not transcribed' },
      { type: 'caller-transcript', itemId: 'item_1', text: '', final: true },
    ])
  })

  it('of a caller whom nobody transcribes are final with the turn', () => {
    const committed: Said = { type: 'input_audio_buffer.committed', item_id: 'item_1' }
    expect(take(new Conversation(false), committed)).toEqual([
      { type: 'turn-committed', itemId: 'item_1' },
      { type: 'caller-transcript', itemId: 'item_1', text: '', final: true },
    ])
    expect(take(new Conversation(true), committed)).toEqual([{ type: 'turn-committed', itemId: 'item_1' }])
  })
})

describe('usage', () => {
  it.each([undefined, null, {}, { input_token_details: null }, { input_token_details: { text_tokens: -4 } }])(
    'is nothing where nothing is said: %j',
    (usage) => {
      expect(usageOf(usage)).toEqual(NO_USAGE)
    },
  )

  it('never counts more cached than there was', () => {
    const counts = { text_tokens: 5, audio_tokens: 6, image_tokens: 7 }
    const cached_tokens_details = { text_tokens: 50, audio_tokens: 60, image_tokens: 2.5 }
    expect(usageOf({ input_token_details: { ...counts, cached_tokens_details } })).toEqual({
      ...NO_USAGE,
      inputText: 5,
      inputTextCached: 5,
      inputAudio: 6,
      inputAudioCached: 6,
      inputImage: 7,
      inputImageCached: 2,
    })
  })
})
