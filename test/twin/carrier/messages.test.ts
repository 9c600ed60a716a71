import { expect, it } from 'vitest'
import { CallerVoice, SILENT_FRAME } from '../../../src/twin/carrier/caller-voice.ts'
import { CallOver } from '../../../src/twin/carrier/events.ts'
import {
  dtmfMessage,
  markMessage,
  mediaMessage,
  readServerMessage,
  startMessage,
  stopMessage,
} from '../../../src/twin/carrier/messages.ts'

const SID = `MZ${'a'.repeat(32)}`

it('writes the messages of the fact sheet: numbers are strings', () => {
  const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }
  const start = { accountSid: 'AC1', callSid: 'CA1', customParameters: { t: '"' }, mediaFormat }
  expect(JSON.parse(startMessage(1, SID, start))).toEqual({
    event: 'start',
    sequenceNumber: '1',
    streamSid: SID,
    start: { ...start, streamSid: SID, tracks: ['inbound'] },
  })
  expect(JSON.parse(mediaMessage(4, SID, 2, 20, 'AAAA'))).toEqual({
    event: 'media',
    sequenceNumber: '4',
    streamSid: SID,
    media: { track: 'inbound', chunk: '2', timestamp: '20', payload: 'AAAA' },
  })
  expect(JSON.parse(dtmfMessage(5, SID, '#'))).toMatchObject({ dtmf: { track: 'inbound_track', digit: '#' } })
  expect(JSON.parse(markMessage(9, SID, 'a"b'))).toMatchObject({ event: 'mark', mark: { name: 'a"b' } })
  expect(JSON.parse(stopMessage(99, SID, 'AC1', 'CA1'))).toMatchObject({ stop: { accountSid: 'AC1', callSid: 'CA1' } })
})

it('reads the three messages a server may send', () => {
  const read = (message: object) => readServerMessage(JSON.stringify(message), SID)
  expect(read({ event: 'media', streamSid: SID, media: { payload: '//8A' } })).toEqual({
    type: 'media',
    audio: Buffer.from([0xff, 0xff, 0]),
  })
  expect(read({ event: 'mark', streamSid: SID, mark: { name: 'm' } })).toEqual({ type: 'mark', name: 'm' })
  expect(read({ event: 'clear', streamSid: SID })).toEqual({ type: 'clear' })
})

const media = { event: 'media', streamSid: SID, media: { payload: '//8A' } }
it.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['an unknown event', JSON.stringify({ event: 'dtmf', streamSid: SID })],
  ['an extra field', JSON.stringify({ ...media, sequenceNumber: '1' })],
  ['a track in media', JSON.stringify({ ...media, media: { payload: '//8A', track: 'outbound' } })],
  ['no streamSid', JSON.stringify({ event: 'clear' })],
  ['another streamSid', JSON.stringify({ ...media, streamSid: 'MZ1' })],
  ['no payload', JSON.stringify({ ...media, media: {} })],
  ['an empty payload', JSON.stringify({ ...media, media: { payload: '' } })],
  ['a mark without a name', JSON.stringify({ event: 'mark', streamSid: SID, mark: {} })],
  ['base64 of the URL kind', JSON.stringify({ ...media, media: { payload: '__8A' } })],
  ['base64 without padding', JSON.stringify({ ...media, media: { payload: '//8' } })],
  ['base64 with a gap', JSON.stringify({ ...media, media: { payload: '//8A //8A//8' } })],
  ['padding in the middle', JSON.stringify({ ...media, media: { payload: '//==//8A' } })],
  ['no base64', JSON.stringify({ ...media, media: { payload: '*~*!' } })],
])('refuses %s', (_, text) => {
  expect(readServerMessage(text, SID)).toMatchObject({ type: 'refused' })
})

it('refuses everything before the stream has started', () => {
  expect(readServerMessage(JSON.stringify(media), null)).toMatchObject({ type: 'refused' })
})

it('says utterances one after another in whole frames, and then nothing', async () => {
  const told: string[] = []
  const voice = new CallerVoice({
    started: (text, atMs) => told.push(`${atMs} ${text}`),
    ended: (text, atMs) => told.push(`${atMs} ${text} ended`),
  })
  const first = voice.say('a', new Uint8Array(200).fill(1))
  const empty = voice.say('b', new Uint8Array(0))
  const last = voice.say('c', new Uint8Array(160).fill(3))
  const frames = [0, 20, 40, 60].map((startMs) => voice.next(startMs))
  expect(frames.map((frame) => frame && Buffer.from(frame, 'base64'))).toEqual([
    Buffer.alloc(160, 1),
    Buffer.concat([Buffer.alloc(40, 1), Buffer.alloc(120, 0xff)]),
    Buffer.alloc(160, 3),
    null,
  ])
  expect(Buffer.from(SILENT_FRAME, 'base64')).toEqual(Buffer.alloc(160, 0xff))
  expect(await Promise.all([first, empty, last])).toEqual([
    { startMs: 0, endMs: 40 },
    { startMs: 40, endMs: 40 },
    { startMs: 40, endMs: 60 },
  ])
  expect(told).toEqual(['0 a', '40 a ended', '40 b', '40 b ended', '40 c', '60 c ended'])
  expect(voice.said.map(({ startMs, mulaw }) => [startMs, mulaw.length])).toEqual([
    [0, 200],
    [40, 0],
    [40, 160],
  ])
})

it('does not finish what the call was too short for', async () => {
  const voice = new CallerVoice({ started() {}, ended() {} })
  const cut = expect(voice.say('a', new Uint8Array(1600))).rejects.toThrow(CallOver)
  voice.next(0)
  voice.end()
  await cut
  await expect(voice.say('b', new Uint8Array(160))).rejects.toThrow(CallOver)
})
