import {
  type CallerTold,
  type CarrierRig,
  carrierContract,
  type FarStream,
  type PhoneCall,
} from '../../contracts/carrier.ts'
import { dialPhone, type Phone, type PhoneHeard } from './phone.ts'
import { openRig, type Rig } from './rig.ts'

function toldBy(ended: Extract<PhoneHeard, { type: 'ended' }>): CallerTold {
  const to = /^would be transferred to (.+)$/.exec(ended.why)?.[1]
  if (to === undefined) return { type: 'hang-up', said: ended.say }
  return { type: 'dial', destination: to.startsWith('sip:') ? { sip: to } : { phone: to }, said: ended.say }
}

/** One socket, from the first thing it was told on. */
interface Line {
  readonly phone: Phone
  readonly told: CallerTold
  readonly again: string | null
}

async function openLine(rig: Rig, path: string): Promise<Line> {
  const phone = await dialPhone(rig.url, path)
  const first = await phone.got.take()
  if (first.type === 'answered') return { phone, told: { type: 'stream' }, again: first.again }
  if (first.type === 'ended') return { phone, told: toldBy(first), again: null }
  throw new Error(`told ${first.type} first`)
}

function phoneCall(rig: Rig, carrierCallId: string, first: Line): PhoneCall {
  let line = first
  let ended: CallerTold | null = null
  const reopen = async () => {
    line = await openLine(rig, line.again ?? '')
    return line.told
  }
  const farStream = ({ phone }: Line): FarStream => ({
    speak: (frame) => phone.speak(frame),
    playedMark: (name) => phone.say({ type: 'mark', name }),
    press: (digit) => phone.say({ type: 'dtmf', digit }),
    stop: () => phone.say({ type: 'hang-up' }),
    cut: () => phone.socket.terminate(),
    async hear() {
      for (;;) {
        const got = await phone.got.take()
        if (got.type === 'ended') ended = toldBy(got)
        else if (got.type === 'closed') return { type: 'closed' }
        else if (got.type !== 'answered') return got
      }
    },
  })
  return {
    carrierCallId,
    answer: first.told,
    ringAgain: () => (line.again === null ? null : reopen()),
    async openStream() {
      return farStream(line)
    },
    /** A page that is told how it ended does not ask; one whose socket broke does. */
    async next() {
      const { phone } = line
      for (let open = true; open && ended === null; ) {
        const got = phone.socket.readyState === phone.socket.CLOSED ? phone.got.rest[0] : await phone.got.take()
        if (got?.type === 'ended') ended = toldBy(got)
        open = got !== undefined && got.type !== 'closed'
      }
      return ended ?? reopen()
    },
    async hungUp() {
      line.phone.say({ type: 'hang-up' })
      while ((await line.phone.got.take()).type !== 'closed');
    },
  }
}

async function openCarrierRig(): Promise<CarrierRig> {
  const rig = await openRig()
  return {
    name: 'browser',
    exchange: rig.exchange,
    incoming: ({ from, to }) => ({ from, to: 'browser', agent: to }),
    async ring({ from, to }) {
      const path = rig.carrier.place({ agent: to, from })
      const line = await openLine(rig, path ?? '')
      return phoneCall(rig, rig.exchange.calls.at(-1)?.carrierCallId ?? '', line)
    },
    async forgeRing() {
      const phone = await dialPhone(rig.url, `/phone/media?token=${'A'.repeat(32)}`).catch((error: Error) => error)
      if (!(phone instanceof Error) || phone.message !== 'refused with 403') throw new Error('served')
    },
    // A phone whose socket broke is waited for: that it is forgotten in the end is told in phones.test.ts.
    held: () => rig.carrier.openStreams,
    close: rig.close,
  }
}

carrierContract('browser', openCarrierRig)
