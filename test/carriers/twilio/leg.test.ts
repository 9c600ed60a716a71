/** A live stream: what reaches the call, what is passed over, and what ends it. The rest is in the carrier contract. */
import { afterEach, expect, it } from 'vitest'
import type { Told } from '../../contracts/recording-exchange.ts'
import { ACCOUNT_SID, dial, openCall, openRig, PATIENCE, type Rig, tokenFor, warnings } from './rig.ts'

let rig: Rig
afterEach(() => rig.close())

async function live() {
  rig = await openRig()
  return openCall(rig)
}
const frame = (value: number, bytes = 160) => Buffer.alloc(bytes, value)
const audio = (bytes: Buffer, given = true): Told => ({
  type: 'audio',
  audio: bytes,
  base64: given ? bytes.toString('base64') : null,
})
/** A key that follows everything sent so far, so that a test can tell what did not come. */
const KEY = { event: 'dtmf', sequenceNumber: '5', streamSid: 'MZ0001', dtmf: { track: 'inbound_track', digit: '0' } }
async function upToKey(sink: { told: { take(): Promise<Told> } }): Promise<Told[]> {
  const told: Told[] = []
  for (;;) {
    const thing = await sink.told.take()
    if (thing.type === 'dtmf') return told
    told.push(thing)
  }
}

it('passes audio of any size on, with its base64 as it came', async () => {
  const { side, sink } = await live()
  const sizes = [160, 1, 160, 1600, 320, 48_000, 160]
  for (const [i, bytes] of sizes.entries()) side.media(frame(i, bytes))
  side.send(KEY)
  expect(await upToKey(sink)).toEqual(sizes.map((bytes, i) => audio(frame(i, bytes))))
})

it('reads media however its JSON is written', async () => {
  const { side, sink } = await live()
  const payload = frame(0xff).toString('base64')
  side.socket.send(
    ` { "streamSid" : "MZ0001", "media" : { "payload" : "${payload.replaceAll('/', '\\/')}", "timestamp":"0","chunk":"1","track":"inbound" },\n "event" : "\\u006dedia", "x":{} }`,
  )
  side.socket.send(`{"event":"media","streamSid":"MZ0001","media":{"payload":"${payload}"}}`)
  side.send(KEY)
  expect(await upToKey(sink)).toEqual([audio(frame(0xff)), audio(frame(0xff))])
})

it('fills the gaps of the carrier’s clock with silence, in pieces', async () => {
  const { side, sink } = await live()
  side.media(frame(1), { chunk: '1', timestamp: '100' })
  side.media(frame(2), { chunk: '3', timestamp: '140' })
  side.media(frame(3), { chunk: '30', timestamp: '585' })
  side.send(KEY)
  expect(await upToKey(sink)).toEqual([
    audio(frame(1)),
    audio(frame(0xff, 160), false),
    audio(frame(2)),
    audio(frame(0xff, 1600), false),
    audio(frame(0xff, 1600), false),
    audio(frame(0xff, 200), false),
    audio(frame(3)),
  ])
})

it('passes a frame on once, when it comes twice or after its gap was filled', async () => {
  const { side, sink } = await live()
  side.media(frame(1), { chunk: '1', timestamp: '0' })
  side.media(frame(1), { chunk: '1', timestamp: '0' })
  side.media(frame(3), { chunk: '3', timestamp: '40' })
  side.media(frame(2), { chunk: '2', timestamp: '20' })
  side.media(frame(4), { chunk: '4', timestamp: '60' })
  side.send(KEY)
  expect(await upToKey(sink)).toEqual([audio(frame(1)), audio(frame(0xff), false), audio(frame(3)), audio(frame(4))])
})

it('passes over what is not for it, and counts it', async () => {
  const { side, sink } = await live()
  side.media(frame(1), { track: 'outbound' })
  side.send({ event: 'media', streamSid: 'MZ9', media: { payload: 'AAAA' } })
  side.send({ event: 'mark', streamSid: 'MZ9', mark: { name: 'm' } })
  side.send({ event: 'stop', streamSid: 'MZ9' })
  side.send({ event: 'weather', streamSid: 'MZ0001' })
  side.connected()
  side.start('CA0001', 'again')
  side.media(Buffer.alloc(0))
  side.send(KEY)
  expect(await upToKey(sink)).toEqual([])
  side.send({ event: 'stop', streamSid: 'MZ0001' })
  await sink.told.take()
  expect(rig.log.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ msg: 'twilio stream closed', callSid: 'CA0001', why: 'ended', ignored: 7, bad: 0 }),
  )
  expect(warnings(rig)).toEqual([])
})

const BAD = [
  'hello',
  '',
  'null',
  '{"event":"media"}',
  '{"event":"media","streamSid":"MZ0001","media":{}}',
  '{"event":"media","streamSid":"MZ0001","media":{"payload":"A"}}',
  '{"event":"media","streamSid":"MZ0001","media":{"payload":"AA-_"}}',
  '{"event":"media","streamSid":"MZ0001","media":{"payload":"AA A"}}',
  '{"event":"media","streamSid":"MZ0001","media":{"payload":"AA=A"}}',
  '{"event":"media","sequenceNumber":"4","streamSid":"MZ0001","media":{"track":"inbound","chunk":"1","timestamp":"0","payload":"A==="}}',
  '{"event":"mark","streamSid":"MZ0001","mark":{}}',
  '{"event":"dtmf","streamSid":"MZ0001","dtmf":{"digit":"55"}}',
]

it('takes 49 unreadable messages in a row, and ends with the fiftieth', async () => {
  const { side, sink } = await live()
  const bad = (count: number) => {
    for (let i = 0; i < count; i++) side.socket.send(BAD[i % BAD.length] ?? '')
  }
  bad(49)
  side.media(frame(1))
  bad(49)
  side.send(KEY)
  expect(await upToKey(sink)).toEqual([audio(frame(1))])
  bad(49)
  side.send({ event: 'mark', streamSid: 'MZ0001', mark: { name: 'm' } })
  expect(await sink.told.take()).toEqual({ type: 'mark-heard', name: 'm' })
  expect(warnings(rig)).toEqual([])
  bad(50)
  side.media(frame(2))
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'bad-media' })
  expect(await side.closeCode()).toBe(1008)
  expect(warnings(rig)).toMatchObject([{ msg: 'twilio stream cut', callSid: 'CA0001' }])
  expect(sink.told.rest).toEqual([])
  expect(rig.log.filter((line) => line.includes('twilio message unreadable')).length).toBe(1)
})

it('closes with 1000 when released, which is what makes Twilio ask for the next verb', async () => {
  const { side, sink } = await live()
  sink.leg.release()
  expect(await side.closeCode()).toBe(1000)
})

it('serves an exchange that releases the leg while it is being attached', async () => {
  rig = await openRig()
  const { onAttach } = rig.exchange
  rig.exchange.onAttach = (callId, leg) => {
    leg.play(frame(1), null)
    leg.release()
    return onAttach(callId, leg)
  }
  const side = await dial(rig)
  side.start('CA1', await tokenFor(rig, 'CA1'))
  const sink = await rig.exchange.attached.take()
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'by-us' })
  expect(await side.got.take()).toMatchObject({ type: 'message', text: expect.stringContaining('"media"') })
  expect(await side.closeCode()).toBe(1000)
})

it('sends what it is told in Twilio’s own words', async () => {
  const { side, sink } = await live()
  sink.leg.play(Uint8Array.of(1, 2, 3, 4), null)
  sink.leg.play(new Uint8Array([9, 1, 2, 3, 4, 9]).subarray(1, 5), null)
  sink.leg.play(Buffer.of(1, 2, 3, 4), 'AQIDBA==')
  sink.leg.play(new Uint8Array(0), '')
  sink.leg.mark('m1')
  sink.leg.clear()
  const media = { type: 'message', text: '{"event":"media","streamSid":"MZ0001","media":{"payload":"AQIDBA=="}}' }
  for (let i = 0; i < 3; i++) expect(await side.got.take()).toEqual(media)
  expect(await side.got.take()).toEqual({
    type: 'message',
    text: '{"event":"mark","streamSid":"MZ0001","mark":{"name":"m1"}}',
  })
  expect(await side.got.take()).toEqual({ type: 'message', text: '{"event":"clear","streamSid":"MZ0001"}' })
})

it('knows how much it has written that the network has not taken', async () => {
  const { side, sink } = await live()
  side.socket.pause()
  const second = Buffer.alloc(8_000)
  for (let i = 0; i < 2_000; i++) sink.leg.play(second, null)
  expect(sink.leg.backlogBytes).toBeGreaterThan(1_000_000)
  side.socket.resume()
  await expect.poll(() => sink.leg.backlogBytes, PATIENCE).toBe(0)
})

it('ends once, whatever comes together', async () => {
  const { side, sink } = await live()
  side.send({ event: 'stop', streamSid: 'MZ0001', stop: { accountSid: ACCOUNT_SID, callSid: 'CA0001' } })
  side.send({ event: 'stop', streamSid: 'MZ0001' })
  side.media(frame(1))
  side.socket.close()
  expect(await sink.told.take()).toEqual({ type: 'closed', why: 'ended', detail: 'stop' })
  sink.leg.release()
  await expect.poll(() => rig.carrier.openStreams, PATIENCE).toBe(0)
  expect(sink.told.rest).toEqual([])
})
