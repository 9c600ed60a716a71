import { expect, it } from 'vitest'
import { readSaid, write } from '../../../src/carriers/browser/protocol.ts'
import { PhoneMessage, PhoneSays } from '../../../src/console/contract/live.ts'
import type { RecordingSink } from '../../contracts/recording-exchange.ts'
import { dialPhone, type Phone } from './phone.ts'
import { openRig, type Rig } from './rig.ts'

const PATIENCE = { timeout: 10_000 }
const WHO = { agent: 'shop', from: 'Ann' }
const SILENCE = Buffer.alloc(160, 0xff)
/** As loud as µ-law gets: whoever sends it is speaking. */
const LOUD = Buffer.from(Array.from({ length: 160 }, (_, at) => (at % 2 === 0 ? 0x00 : 0x80)))

async function talk(rig: Rig): Promise<{ phone: Phone; sink: RecordingSink; again: string; callId: string }> {
  const phone = await dialPhone(rig.url, rig.carrier.place(WHO) ?? '')
  const answered = await phone.got.take()
  if (answered.type !== 'answered') throw new Error(`told ${answered.type} first`)
  return { ...answered, phone, sink: await rig.exchange.attached.take() }
}

it('says and reads what the contract of the page has', () => {
  const messages = [
    { type: 'answered', callId: 'c1', again: '/phone/media?token=x' },
    { type: 'mark', name: 'm1' },
    { type: 'clear' },
    { type: 'ended', why: 'the call is over', say: null },
  ] as const
  for (const message of messages) expect(PhoneMessage.parse(JSON.parse(write(message)))).toEqual(message)
  const says = [{ type: 'mark', name: 'm1' }, { type: 'dtmf', digit: '#' }, { type: 'hang-up' }]
  for (const said of says) expect(PhoneSays.parse(said)).toEqual(readSaid(JSON.stringify(said)))
  for (const wrong of [{ type: 'dtmf', digit: 'x' }, { type: 'mark' }, { type: 'clear' }, null]) {
    expect(PhoneSays.safeParse(wrong).success).toBe(false)
    expect(() => readSaid(JSON.stringify(wrong))).toThrow()
  }
})

it('takes a token once, and for a minute', async () => {
  const rig = await openRig()
  const first = rig.carrier.place(WHO) ?? ''
  const late = rig.carrier.place(WHO) ?? ''
  expect(rig.carrier.held).toBe(4)
  await dialPhone(rig.url, first)
  await expect(dialPhone(rig.url, first)).rejects.toThrow('refused with 403')
  rig.clock.nowMs = 60_000
  await expect(dialPhone(rig.url, late)).rejects.toThrow('refused with 403')
  expect(rig.exchange.calls).toHaveLength(1)
  // The phone, its socket, and the token to come back with: nothing is left of the one that never came.
  expect(rig.carrier.held).toBe(3)
  await rig.close()
})

it('lets in no page of another server, and answers nothing but an upgrade', async () => {
  const rig = await openRig({ isOurs: (request) => request.headers.origin !== 'https://evil.example' })
  const path = rig.carrier.place(WHO) ?? ''
  await expect(dialPhone(rig.url, path, { origin: 'https://evil.example' })).rejects.toThrow('refused with 403')
  expect((await fetch(rig.url + path)).status).toBe(426)
  await dialPhone(rig.url, path)
  expect(rig.log.join('')).not.toContain(path.split('token=')[1])
  await rig.close()
})

it('places no more than a hundred calls at a time', async () => {
  const rig = await openRig()
  const paths = Array.from({ length: 101 }, () => rig.carrier.place(WHO))
  expect(paths.map((path) => path === null)).toEqual([...Array(100).fill(false), true])
  rig.clock.nowMs = 60_000
  expect(rig.carrier.place(WHO)).not.toBe(null)
  await rig.close()
})

it('forgets a phone whose socket broke and that did not come back, and says that its call is over', async () => {
  const rig = await openRig({ lostForMs: 20 })
  const { phone, sink, again } = await talk(rig)
  phone.socket.terminate()
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'lost' })
  await expect.poll(() => rig.carrier.held, PATIENCE).toBe(0)
  expect(rig.exchange.statuses).toMatchObject([{ carrier: 'browser', status: 'completed', final: true }])
  await expect(dialPhone(rig.url, again)).rejects.toThrow('refused with 403')
  await rig.close()
})

it('says the name of the destination, when there is one, rather than its number', async () => {
  const rig = await openRig()
  const { phone, sink } = await talk(rig)
  rig.exchange.onNext = () => ({ type: 'dial', destination: { phone: '+15550190' }, say: 'One moment.', name: 'desk' })
  sink.leg.release()
  expect(await phone.got.take()).toEqual({ type: 'ended', why: 'would be transferred to desk', say: 'One moment.' })
  await rig.close()
})

it('cuts a phone whose messages cannot be read, fifty of them in a row, and no sooner', async () => {
  const rig = await openRig()
  const { phone, sink } = await talk(rig)
  for (let bad = 0; bad < 49; bad++) phone.speak(Buffer.alloc(159))
  phone.speak(SILENCE)
  expect(await sink.told.take()).toMatchObject({ type: 'audio' })
  for (let bad = 0; bad < 49; bad++) phone.socket.send('{"type":"dtmf"}')
  phone.socket.send('not JSON')
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'bad-media' })
  expect(await phone.got.take()).toMatchObject({ type: 'closed', code: 1008 })
  await rig.close()
})

it('cuts a phone that sends more than a telephone can say', async () => {
  const rig = await openRig()
  const { phone, sink } = await talk(rig)
  for (let frame = 0; frame < 1000; frame++) phone.speak(SILENCE)
  expect(await phone.got.take()).toMatchObject({ type: 'closed', code: 1008 })
  const frames = sink.told.rest.filter(({ type }) => type === 'audio').length
  expect(frames).toBeGreaterThan(500)
  expect(frames).toBeLessThan(700)
  await rig.close()
})

it('speaks typed words in the place of a silent microphone, and not over somebody who speaks', async () => {
  const rig = await openRig()
  const { phone, sink, callId } = await talk(rig)
  const words = Buffer.concat([Buffer.alloc(160, 1), Buffer.alloc(80, 2)])
  expect(rig.carrier.say('c-other', words)).toBe(false)
  expect(rig.carrier.say(callId, words)).toBe(true)
  for (let frame = 0; frame < 3; frame++) phone.speak(SILENCE)
  const heard = [await sink.told.take(), await sink.told.take(), await sink.told.take()]
  const second = Buffer.concat([Buffer.alloc(80, 2), SILENCE.subarray(80)])
  expect(heard.map((told) => (told.type === 'audio' ? told.audio : null))).toEqual([
    words.subarray(0, 160),
    second,
    SILENCE,
  ])
  phone.speak(LOUD)
  expect(await sink.told.take()).toMatchObject({ audio: LOUD })
  expect(rig.carrier.say(callId, words)).toBe(false)
  await rig.close()
})

it('gives up a phone that answers no pings', async () => {
  const rig = await openRig({ pingIntervalMs: 20 })
  const { phone, sink } = await talk(rig)
  phone.socket.pause()
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'lost' })
  phone.socket.terminate()
  await rig.close()
})
