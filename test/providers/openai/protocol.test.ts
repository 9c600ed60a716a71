import { readdirSync, readFileSync } from 'node:fs'
import type {
  ConversationItem,
  ConversationItemTruncateEvent,
  ResponseCreateEvent,
} from 'openai/resources/realtime/realtime'
import { describe, expect, it } from 'vitest'
import * as say from '../../../src/providers/openai/client-events.ts'
import { readServerEvent } from '../../../src/providers/openai/protocol.ts'

const WIRE = new URL('../../wire/openai/', import.meta.url)

describe.each(readdirSync(WIRE))('%s', (file) => {
  const lines = readFileSync(new URL(file, WIRE), 'utf8').trim().split('\n')

  it.each(lines)('reads %s', (line) => {
    const { type } = JSON.parse(line)
    const event = readServerEvent(line)
    if (event !== null) expect(event.type).toBe(type)
  })
})

it('tells an event that nobody knows from one that is not acted on', () => {
  expect(readServerEvent('{"type":"response.dreamt","response":{}}')).toEqual({ type: 'unknown' })
  expect(readServerEvent('{"type":"rate_limits.updated","rate_limits":[]}')).toBeNull()
})

it('ignores fields nobody knows, and forgives those that are missing and not needed', () => {
  const text = '{"type":"response.done","novelty":1,"response":{"id":"resp_1","phase":"final_answer"}}'
  expect(readServerEvent(text)).toEqual({ type: 'response.done', response: { id: 'resp_1' } })
})

it.each([
  '',
  'null',
  '[]',
  '"response.done"',
  '{}',
  '{"type":7}',
  '{"type":"response.done"}',
  '{"type":"response.output_audio.delta","delta":"AA=="}',
  '{"type":"input_audio_buffer.speech_started","item_id":"item_1","audio_start_ms":"soon"}',
  '{"type":"response.done","response":{"id":"resp_1"}',
])('refuses %s', (text) => {
  expect(() => readServerEvent(text)).toThrow()
})

describe('what we say', () => {
  it('asks for a response with nothing else when nothing is asked', () => {
    const event = say.responseCreate(1, { instructions: null, allowTools: true })
    expect(event).toEqual({ type: 'response.create', event_id: 'create:1' } satisfies ResponseCreateEvent)
  })

  it('asks for a response without tools, and with instructions of its own', () => {
    const event = say.responseCreate(2, { instructions: 'Say hello.', allowTools: false })
    const response = { instructions: 'Say hello.', tool_choice: 'none' } as const
    expect(event).toEqual({ type: 'response.create', event_id: 'create:2', response } satisfies ResponseCreateEvent)
  })

  it('seeds each side in its role', () => {
    expect(say.seedItem(1, { type: 'caller', text: 'Hello?' }).item).toEqual({
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: 'Hello?' }],
    } satisfies ConversationItem)
    expect(say.seedItem(2, { type: 'agent', text: 'Hi.' }).item).toEqual({
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hi.' }],
    } satisfies ConversationItem)
    expect(say.tellItem(3, 'Key 5.').item).toEqual({
      type: 'message',
      role: 'system',
      content: [{ type: 'input_text', text: 'Key 5.' }],
    } satisfies ConversationItem)
  })

  it.each([
    [740.99, 740],
    [0, 0],
    [-3, 0],
  ])('truncates at whole milliseconds, never past what was heard: %d', (heardMs, audioEndMs) => {
    expect(say.itemTruncate(1, 'item_1', heardMs)).toEqual({
      type: 'conversation.item.truncate',
      event_id: 'truncate:1',
      item_id: 'item_1',
      content_index: 0,
      audio_end_ms: audioEndMs,
    } satisfies ConversationItemTruncateEvent)
  })

  it('says in its id what an event is for', () => {
    expect(say.purposeOf(say.responseCreate(12, { instructions: null, allowTools: true }).event_id)).toBe('create')
    expect(say.purposeOf(say.toolResult('call_a:b', '').event_id)).toBe('tool-result')
    for (const id of [null, undefined, '', 'create', 'event_1', 'other:1']) expect(say.purposeOf(id)).toBeNull()
  })

  it('keeps an event_id within what the wire takes', () => {
    expect(say.toolResult('c'.repeat(600), '').event_id).toHaveLength(512)
  })
})
