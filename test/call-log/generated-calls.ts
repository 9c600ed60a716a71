/**
 * Calls as they might have been, from a seed: the same seed gives the same calls, event by event. They fill logs that are
 * compared, measured and searched; their words are few, so that searches have something to find.
 */
import type { EndReason } from '../../src/call/end-reason.ts'
import { CALL_EVENT_VERSION, type CallEvent, type EventBody } from '../../src/call/events.ts'
import { addUsage, NO_USAGE, type Usage } from '../../src/call/usage.ts'
import { seeded } from '../seeded.ts'

export interface GeneratedCalls {
  readonly seed: number
  readonly calls: number
  /** Lines said in a call, on average, both sides together. Default 20. */
  readonly lines?: number
  /** When the first call begins; ms since 1970. */
  readonly from: number
  /** Over how many days they are spread, most of them in working hours. Default 60. */
  readonly days?: number
}

const AGENTS = [
  { name: 'harbour-bikes', number: '+15550100', versions: ['4f1c09aa21d0', '9be27c3317e5'] },
  { name: 'night-desk', number: '+15550101', versions: ['07d1e2b9c4f3'] },
  { name: 'workshop', number: '+4930555010', versions: ['c0ffee5eed01', '1dea5f00d002'] },
] as const
const TOOLS = ['lookup_order', 'open_ticket', 'book_time', 'opening_hours'] as const
const CALLER_LINES = [
  'Hello, I would like to know where my order is.',
  'The number is four seven one one.',
  'My bicycle has a flat tyre and the chain is rusty.',
  "No, that's not what I asked.",
  'Could I book a time on Thursday morning, please?',
  'I already told you that twice.',
  'This is ridiculous, I want to speak to a real person.',
  'Yes, please.',
  'Thank you, goodbye.',
  'Was kostet die Reparatur der Gangschaltung?',
  'Können Sie mir die Straße noch einmal nennen?',
  "Bonjour, j'ai perdu ma clé et mon vélo est fermé.",
  '自転車の修理をお願いします。',
  'How much is the refund for order 12-34?',
] as const
const AGENT_LINES = [
  'Harbour Bikes, this is an automated assistant. How can I help?',
  'One moment, I am looking that up for you.',
  'Your order left our workshop this morning and arrives tomorrow.',
  'I have booked you in for Thursday at nine.',
  'I am sorry to hear that. Let me see what I can do.',
  'The repair costs forty euros and takes two days.',
  'Is there anything else I can do for you?',
  'Gerne. Die Reparatur kostet vierzig Euro.',
] as const
const RARE = ['unicycle', 'penny-farthing', 'tandem', 'cargo', 'velodrome'] as const
const ENDS: readonly (readonly [EndReason, number])[] = [
  ['caller-hung-up', 0.52],
  ['agent-ended', 0.25],
  ['transferred', 0.1],
  ['max-length', 0.02],
  ['over-budget', 0.02],
  ['stream-lost', 0.03],
  ['model-lost', 0.02],
  ['no-media', 0.02],
  ['drained', 0.01],
  ['interrupted', 0.01],
]
const DAY_MS = 86_400_000

export function* generateCalls({ seed, calls, lines = 20, from, days = 60 }: GeneratedCalls): Generator<CallEvent[]> {
  const random = seeded(seed)
  for (let i = 0; i < calls; i++) {
    const day = Math.floor(random() * days)
    const hour = random() < 0.9 ? 8 + random() * 10 : random() * 24
    const at = Math.floor(from + day * DAY_MS + hour * 3_600_000)
    yield new Writer(`call_${seed}_${String(i).padStart(7, '0')}`, at, random).call(lines, calls)
  }
}

class Writer {
  readonly #callId: string
  readonly #at: number
  readonly #random: () => number
  readonly #events: CallEvent[] = []
  #atMs = 0
  #usage: Usage = NO_USAGE
  #costUsd = 0
  #heardMs = 0

  constructor(callId: string, at: number, random: () => number) {
    this.#callId = callId
    this.#at = at
    this.#random = random
  }

  call(lines: number, calls: number): CallEvent[] {
    const agent = this.#pick(AGENTS)
    const priced = this.#random() < 0.95
    const callers = Math.max(20, calls * 0.4)
    const from = this.#random() < 0.03 ? 'anonymous' : `+1555${String(1_000_000 + this.#int(callers)).slice(-7)}`
    const kept = this.#random() < 0.3
    this.#add({
      ...{
        type: 'call-started',
        carrier: this.#random() < 0.8 ? 'twilio' : 'browser',
        carrierCallId: `CA${this.#callId}`,
      },
      ...{ from, to: agent.number, agent: agent.name, agentVersion: this.#pick(agent.versions) },
      ...{ provider: 'openai', model: 'gpt-realtime-2.1' },
    })
    this.#wait(150)
    this.#add({ type: 'leg-attached', streamId: `MZ${this.#callId}`, attempt: 1 })
    this.#add({ type: 'session-ready', session: 1, tookMs: this.#int(400) })
    if (kept) this.#add({ type: 'recording-started', consent: 'not-asked' })
    const count = Math.max(0, Math.round(lines * (0.3 + this.#random() * 1.4)))
    for (let i = 0; i < count; i++) {
      if (i % 2 === 0) this.#agentLine(i, priced)
      else this.#callerLine(i)
    }
    if (kept) this.#add({ type: 'recording-stopped', why: 'call-ended', detail: '', keptMs: this.#atMs })
    this.#end(priced)
    return this.#events
  }

  #callerLine(i: number): void {
    const itemId = `item_${i}`
    // Now and then nobody says anything for a while, and now and then the agent has gone on speaking.
    this.#wait(this.#random() < 0.08 ? 2500 + this.#int(6000) : 300 + this.#int(900))
    const startMs = this.#atMs
    this.#add({ type: 'caller-speech-started', itemId })
    this.#wait(600 + this.#int(3500))
    this.#add({ type: 'caller-speech-stopped', itemId })
    const rare = this.#random() < 0.002 ? ` I mean the ${this.#pick(RARE)}.` : ''
    this.#add({
      ...{ type: 'caller-said', itemId, text: `${this.#pick(CALLER_LINES)}${rare}` },
      ...{ startMs, endMs: this.#atMs },
    })
  }

  #agentLine(i: number, priced: boolean): void {
    const responseId = `resp_${i}`
    const stoppedMs = this.#atMs
    if (i > 0 && this.#random() < 0.25) this.#tool(`${i}`, responseId)
    if (this.#random() < 0.01)
      this.#add({ type: 'trouble', code: 'PROVIDER_ERROR', detail: 'the model reported an error' })
    const decidedMs = stoppedMs + 200 + this.#int(300)
    const firstModelAudioMs = decidedMs + 250 + this.#int(600) + (this.#random() < 0.05 ? this.#int(4000) : 0)
    const firstSentMs = firstModelAudioMs + this.#int(20)
    const firstHeardMs = firstSentMs + 40 + this.#int(160)
    this.#atMs = Math.max(this.#atMs, firstHeardMs)
    const answers = i > 0
    this.#add({
      ...{ type: 'reply-timed', responseId, callerStoppedMs: answers ? stoppedMs : null },
      ...{ decidedMs: answers ? decidedMs : null, firstModelAudioMs, firstSentMs, firstHeardMs },
    })
    const usage = { ...NO_USAGE, inputAudio: 100 + this.#int(900), inputText: 300, outputAudio: 40 + this.#int(300) }
    const costUsd = priced ? (usage.inputAudio * 32 + usage.outputAudio * 64) / 1e6 : null
    this.#usage = addUsage(this.#usage, usage)
    this.#costUsd += costUsd ?? 0
    this.#add({ type: 'response-ended', responseId, status: 'completed', detail: '', usage, costUsd })
    const text = this.#pick(AGENT_LINES)
    const sentMs = 1500 + this.#int(3000)
    const interrupted = this.#random() < 0.07
    const heardMs = interrupted ? Math.floor(sentMs * this.#random()) : sentMs
    const cut = text.lastIndexOf(' ', (text.length * heardMs) / sentMs)
    const heardText = interrupted ? text.slice(0, Math.max(0, cut)) : text
    this.#wait(heardMs)
    this.#heardMs += heardMs
    this.#add({
      ...{ type: 'agent-said', itemId: `said_${i}`, responseId, heardText, unheardText: text.slice(heardText.length) },
      ...{ sentMs, heardMs, startMs: firstHeardMs, endMs: firstHeardMs + heardMs, interrupted },
    })
  }

  #tool(n: string, responseId: string): void {
    const name = this.#pick(TOOLS)
    const toolCallId = `tool_${n}`
    const fate = this.#random()
    const status = fate < 0.9 ? 'done' : fate < 0.95 ? 'failed' : fate < 0.98 ? 'timed-out' : 'unknown'
    const tookMs = 20 + this.#int(status === 'timed-out' ? 8000 : 900)
    this.#add({ type: 'tool-reserved', toolCallId, responseId, name, arguments: '{"order":"4711"}' })
    this.#add({ type: 'tool-sent', toolCallId })
    this.#wait(tookMs)
    this.#add({ type: 'tool-finished', toolCallId, name, status, output: '{"state":"shipped"}', tookMs })
    this.#add({ type: 'tool-answered', toolCallId })
  }

  #end(priced: boolean): void {
    this.#wait(200 + this.#int(1500))
    const reason = this.#reason()
    this.#add({
      ...{ type: 'call-ended', reason, detail: 'the line was closed' },
      ...{ destination: reason === 'transferred' ? 'workshop' : null, callerHeardMs: this.#heardMs },
      ...{ usage: this.#usage, costUsd: priced ? this.#costUsd : null },
    })
  }

  #reason(): EndReason {
    let left = this.#random()
    for (const [reason, share] of ENDS) {
      left -= share
      if (left < 0) return reason
    }
    return 'caller-hung-up'
  }

  #add(body: EventBody): void {
    const seq = this.#events.length + 1
    const at = this.#at + this.#atMs
    this.#events.push({ v: CALL_EVENT_VERSION, callId: this.#callId, seq, at, atMs: this.#atMs, body })
  }

  #wait(ms: number): void {
    this.#atMs += Math.round(ms)
  }

  #int(below: number): number {
    return Math.floor(this.#random() * below)
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#int(items.length)]!
  }
}
