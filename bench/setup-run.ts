/**
 * How a call begins, one after another: the model takes 250 ms to accept the connection, and the carrier opens the stream
 * 200 ms after it has read the TwiML. The caller speaks from the first moment; no frame of that may be missing at the model.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { BenchCall } from './bench-call.ts'
import { Caller } from './caller.ts'
import { Measures } from './measures.ts'
import type { Dialling, ModelServer } from './model-server.ts'
import type { ServerProcess } from './server-process.ts'
import type { Target } from './targets.ts'
import { Ticker } from './ticker.ts'

export const ACCEPT_DELAY_MS = 250
const STREAM_DELAY_MS = 200
/** Between one call and the next, so that each begins on a quiet server. */
const APART_MS = 50
/** The caller goes on for this long after the session is configured. */
const TALK_MS = 400
const DRAIN_MS = 200

export interface SetupRun {
  readonly target: string
  readonly calls: number
  readonly measures: Measures
  /** Caller audio that never reached the model, for each call. */
  readonly lostMs: number
}

export async function runSetups(
  target: Target,
  server: ServerProcess,
  model: ModelServer,
  calls: number,
): Promise<SetupRun> {
  const measures = new Measures()
  const ticker = new Ticker()
  ticker.start()
  model.acceptDelayMs = ACCEPT_DELAY_MS
  try {
    const begun: Promise<void>[] = []
    for (let index = 0; index < calls; index++) {
      const call = new BenchCall(index, target.expected, measures)
      const dialling = model.expect(call)
      const setup = setUp(call, target, server, ticker, dialling)
      // Heard of below, when all have begun.
      setup.catch(() => {})
      begun.push(setup)
      await dialling.dialled
      await sleep(APART_MS)
    }
    await Promise.all(begun)
    await model.settled(2_000)
  } finally {
    model.acceptDelayMs = 0
    ticker.stop()
  }
  return { target: target.name, calls, measures, lostMs: (measures.upFrames.lost * 20) / calls }
}

async function setUp(
  call: BenchCall,
  target: Target,
  server: ServerProcess,
  ticker: Ticker,
  { configured }: Dialling,
): Promise<void> {
  const caller = new Caller(call, ticker)
  const rangAtMs = performance.now()
  const stream = await caller.ring(server.url, target.called)
  await sleep(STREAM_DELAY_MS)
  await caller.talk(stream)
  const session = await configured
  call.measures.configured.add(session.configuredAtMs - rangAtMs)
  await sleep(TALK_MS)
  caller.hush()
  await sleep(DRAIN_MS)
  call.up.finish()
  await caller.hangUp(server.url)
}
