/** `earshot demo`: one whole call over real sockets, with no account and no network, printed as it happens. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallEvent } from '../call/events.ts'
import { type Config, readConfig } from '../config/config.ts'
import { type Earshot, startEarshot } from '../earshot.ts'
import type { TwinCall } from '../twin/carrier/call.ts'
import { createCarrierTwin } from '../twin/carrier/carrier-twin.ts'
import { closeSpeech } from '../twin/speech.ts'
import { makeDemoLink } from './demo-link.ts'
import { createDemoPrinter } from './demo-print.ts'

/** The called number is nobody's; the caller's is from the block kept for fiction. */
const CALLER = '+15550123'
const CALLED = '+15550100'

/** Sets the exit code: 0 when the call went as it should. */
export async function demo({ stay }: { readonly stay: boolean }): Promise<void> {
  const authToken = randomBytes(16).toString('hex')
  const earshot = await startEarshot(demoConfig(authToken))
  const carrier = createCarrierTwin({ authToken })
  const print = createDemoPrinter((line) => process.stdout.write(`${line}\n`))
  const stop = earshot.journal.subscribe((event) => print.event(event))
  try {
    print.opening(earshot.url)
    const call = await carrier.placeCall({
      webhookUrl: `${earshot.url}/twilio/voice`,
      statusCallbackUrl: `${earshot.url}/twilio/status`,
      from: CALLER,
      to: CALLED,
      onEvent: (event) => print.wire(event),
    })
    // A call that ends before its time ends the demo too: what the rest waits for will not come.
    const talk = converse(earshot, call).then(() => call.ended)
    const ended = await withinTwoMinutes(Promise.race([talk, call.ended]))
    talk.catch(() => {})
    await earshot.switchboard.drain(0)
    const wav = join(earshot.dataDir, 'demo-call.wav')
    await mkdir(earshot.dataDir, { recursive: true })
    await call.writeWav(wav)
    const problems = [...call.errors, ...call.warnings].map(({ code, detail }) => `${code} ${detail}`)
    const refused = (earshot.modelTwin?.sessions ?? []).flatMap((session) =>
      session.errors.map((error) => JSON.stringify(error)),
    )
    const callId = print.closing({
      wav,
      problems: [...problems, ...refused],
      hungUpByAgent: ended.why === 'hangup-verb',
    })
    const events = callId === null ? [] : await earshot.callLog.events(callId)
    if (!went(events) || problems.length > 0 || refused.length > 0) process.exitCode = 1
    if (stay) await showConsole(earshot)
    else process.stdout.write('\nTo look at this call in the console: npm run demo -- --stay\n')
  } finally {
    stop()
    await carrier.close()
    await earshot.close()
    await closeSpeech()
  }
}

/** Keeps the console up until Ctrl-C. */
async function showConsole(earshot: Earshot): Promise<void> {
  await using entry = await makeDemoLink(earshot.desk, earshot.url)
  process.stdout.write(
    `\nThe console (this link works once, within an hour):\n  ${entry.link}\nCtrl-C ends the demo.\n`,
  )
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

/** A demo that hangs tells a newcomer nothing. */
async function withinTwoMinutes<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the demo call did not end within two minutes')), 120_000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Always offline and on a port of its own, whatever the environment says of keys and numbers. */
function demoConfig(authToken: string): Config {
  const { CONFIG_DIR, DATA_DIR, LOG_LEVEL } = process.env
  const config = readConfig({ CONFIG_DIR, DATA_DIR, LOG_LEVEL: LOG_LEVEL ?? 'warn', PORT: '0' })
  return { ...config, host: '127.0.0.1', twilio: { publicUrl: null, accountSid: null, authToken } }
}

/** A greeting, a question that needs a tool, an interruption, a second question, a goodbye. */
async function converse(earshot: Earshot, call: TwinCall): Promise<void> {
  const say = async (words: string) => {
    earshot.modelTwin?.hears(words)
    await call.say(words)
  }
  const quietly = async (ms: number) => {
    await call.waitForAgentSpeech()
    await call.waitForAgentSilence(ms)
  }
  await quietly(500)
  const answered = nextEvent(earshot, 'tool-answered')
  await say('Hello. Where is my bicycle? The order number is 1042.')
  await answered
  // The answer follows the announcement, perhaps without a pause: it is interrupted two and a half seconds in.
  await nextEvent(earshot, 'reply-timed')
  await heardMore(call, 2500)
  await say('Sorry, how much will that cost me?')
  await quietly(700)
  await say('Great, thank you very much. Goodbye!')
}

/** The next event of a type that the journal is given. */
function nextEvent(earshot: Earshot, type: CallEvent['body']['type']): Promise<void> {
  return new Promise((resolve) => {
    const stop = earshot.journal.subscribe((event) => {
      if (event.body.type !== type) return
      stop()
      resolve()
    })
  })
}

/** Until the caller has heard this much more of the agent; marks come back every 200 ms. */
function heardMore(call: TwinCall, ms: number): Promise<void> {
  const enough = call.playedMs + ms
  return new Promise((resolve) => {
    const stop = call.on((event) => {
      if (event.type !== 'mark-echoed' || call.playedMs < enough) return
      stop()
      resolve()
    })
  })
}

/** The whole main job was done: a tool answered, a sentence was cut off, and the agent ended the call. */
function went(events: readonly CallEvent[]): boolean {
  const bodies = events.map((event) => event.body)
  return (
    bodies.some((body) => body.type === 'tool-finished' && body.name === 'lookup_order' && body.status === 'done') &&
    bodies.some((body) => body.type === 'agent-said' && body.interrupted && body.heardMs > 0) &&
    bodies.some((body) => body.type === 'call-ended' && body.reason === 'agent-ended')
  )
}
