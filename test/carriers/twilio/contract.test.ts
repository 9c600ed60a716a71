import { expect, it } from 'vitest'
import { MULAW_8K } from '../../../src/audio/format.ts'
import {
  type CallerTold,
  type CarrierRig,
  carrierContract,
  type FarStream,
  type PhoneCall,
} from '../../contracts/carrier.ts'
import { dial, openCall, openRig, post, type Rig, type TwilioSide, voiceForm } from './rig.ts'

function unescaped(xml: string): string {
  return xml
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
}

function readTwiml(xml: string): { told: CallerTold; token: string | null } {
  const element = (name: string) => {
    const text = new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1]
    return text === undefined ? null : unescaped(text)
  }
  const said = element('Say')
  const token = /<Parameter name="token" value="([^"]+)"\/>/.exec(xml)?.[1] ?? null
  if (token !== null) return { told: { type: 'stream' }, token }
  const phone = element('Number')
  const sip = element('Sip')
  if (phone !== null) return { told: { type: 'dial', destination: { phone }, said }, token }
  if (sip !== null) return { told: { type: 'dial', destination: { sip }, said }, token }
  if (!xml.includes('<Hangup/>')) throw new Error(`neither stream, dial nor hang-up: ${xml}`)
  return { told: { type: 'hang-up', said }, token }
}

function farStream(side: TwilioSide): FarStream {
  const { streamSid } = side
  return {
    speak: (frame) => side.media(frame),
    playedMark: (name) => side.send({ event: 'mark', sequenceNumber: '9', streamSid, mark: { name } }),
    press: (digit) =>
      side.send({ event: 'dtmf', sequenceNumber: '5', streamSid, dtmf: { track: 'inbound_track', digit } }),
    stop: () =>
      side.send({ event: 'stop', sequenceNumber: '99', streamSid, stop: { accountSid: 'AC', callSid: 'CA' } }),
    cut: () => side.socket.terminate(),
    async hear() {
      const got = await side.got.take()
      if (got.type === 'closed') return { type: 'closed' }
      const message = JSON.parse(got.text)
      expect(message.streamSid).toBe(streamSid)
      if (message.event === 'media') return { type: 'audio', audio: Buffer.from(message.media.payload, 'base64') }
      if (message.event === 'mark') return { type: 'mark', name: message.mark.name }
      expect(message.event).toBe('clear')
      return { type: 'clear' }
    },
  }
}

function phoneCall(rig: Rig, callSid: string, first: string): PhoneCall {
  let { told, token } = readTwiml(first)
  let streams = 0
  const ask = async (path: string) => {
    const answer = await post(rig, path, voiceForm(callSid))
    expect(answer).toMatchObject({ status: 200, type: 'text/xml' })
    ;({ told, token } = readTwiml(answer.text))
    return told
  }
  return {
    carrierCallId: callSid,
    answer: told,
    ringAgain: () => ask('/twilio/voice'),
    next: () => ask('/twilio/next'),
    async openStream() {
      const side = await dial(rig, { streamSid: `MZ${callSid}${streams++}` })
      side.connected()
      side.start(callSid, token ?? '')
      return farStream(side)
    },
    async hungUp() {
      const fields = { CallSid: callSid, CallStatus: 'completed', SequenceNumber: '3' }
      expect(await post(rig, '/twilio/status', fields)).toMatchObject({ status: 204 })
    },
  }
}

async function openCarrierRig(): Promise<CarrierRig> {
  const rig = await openRig()
  let calls = 0
  return {
    name: 'twilio',
    exchange: rig.exchange,
    async ring({ from, to }) {
      const callSid = `CA${++calls}`
      const answer = await post(rig, '/twilio/voice', { ...voiceForm(callSid), From: from, To: to })
      expect(answer).toMatchObject({ status: 200, type: 'text/xml' })
      return phoneCall(rig, callSid, answer.text)
    },
    async forgeRing() {
      const { status } = await post(rig, '/twilio/voice', voiceForm('CA1'), 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=')
      if (status !== 403) throw new Error(`served with ${status}`)
    },
    held: () => rig.carrier.openStreams + rig.carrier.unusedTokens,
    close: rig.close,
  }
}

carrierContract('twilio', openCarrierRig)

it('speaks µ-law at 8 kHz, both ways, and keeps at most 20 s ahead of the ear', async () => {
  const rig = await openRig()
  const { sink } = await openCall(rig)
  expect(sink.leg).toMatchObject({ streamId: 'MZ0001', format: MULAW_8K, maxLeadMs: 20_000 })
  await rig.close()
})
