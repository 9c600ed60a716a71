/** Calls under load against one server: ring, talk, measure for a while, hang up. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BenchCall } from './bench-call.ts'
import { Caller } from './caller.ts'
import { Conversation } from './conversation.ts'
import { cpuBusy, otherProcessesShare } from './machine.ts'
import { Measures } from './measures.ts'
import type { ModelServer } from './model-server.ts'
import type { WindowFigures } from './probe-protocol.ts'
import type { Summary } from './samples.ts'
import type { ServerProcess } from './server-process.ts'
import type { Target } from './targets.ts'
import { Ticker } from './ticker.ts'

/** Ticks of a round of the conversation; calls begin at points of it that are spread evenly, however many there are. */
const ROUND = 400
const GOLDEN = 0.618034
/** Between the last call's first word and the measured window. */
const SETTLE_MS = 1_000
/** For what is on its way when everybody falls silent: at least, and at most. */
const DRAIN_MS = 300
const DRAIN_MOST_MS = 3_000
const SESSIONS_CLOSE_WITHIN_MS = 3_000

interface GeneratorFigures {
  /** How late the generator served its own slots: it is in every latency. */
  readonly lateness: Summary
  /** Of one core. */
  readonly cpuShare: number
  /** Of one core, used by programs that are no part of the bench. Null where the system does not tell. */
  readonly othersShare: number | null
}

export interface LoadRun {
  readonly target: string
  readonly calls: number
  readonly server: WindowFigures
  readonly measures: Measures
  readonly generator: GeneratorFigures
  /** Memory before the first call and with all of them, each after a full collection. */
  readonly heapMbBefore: number
  readonly heapMbLive: number
  readonly rssMbBefore: number
}

interface Live {
  readonly call: BenchCall
  readonly caller: Caller
  readonly conversation: Conversation
}

export interface LoadOptions {
  readonly calls: number
  readonly seconds: number
  readonly profile: boolean
}

export async function runLoad(
  target: Target,
  server: ServerProcess,
  model: ModelServer,
  options: LoadOptions,
): Promise<LoadRun> {
  const measures = new Measures()
  measures.open = false
  const before = await server.memory()
  const ticker = new Ticker()
  ticker.start()
  const live: Live[] = []
  try {
    for (let index = 0; index < options.calls; index++) {
      live.push(await begin(new BenchCall(index, target.expected, measures), target, server, model, ticker))
      ticker.assertInTime()
    }
    await sleep(SETTLE_MS)

    await server.beginWindow(options.profile)
    ticker.lateness.clear()
    const machineBefore = cpuBusy()
    const cpuBefore = process.cpuUsage()
    measures.open = true
    await sleep(options.seconds * 1000)
    measures.open = false
    ticker.assertInTime()
    const own = process.cpuUsage(cpuBefore)
    const figures = await server.endWindow()
    const ownMs = (own.user + own.system) / 1000
    const lateness = ticker.lateness.summary()
    if (lateness === null) throw new Error('the load generator stood still')
    const generator = {
      lateness,
      cpuShare: ownMs / figures.elapsedMs,
      othersShare: otherProcessesShare(
        machineBefore,
        ownMs + figures.cpuUserMs + figures.cpuSystemMs,
        figures.elapsedMs,
      ),
    }

    for (const { caller, conversation } of live) {
      caller.hush()
      conversation.stop()
    }
    const silentAtMs = performance.now()
    do await sleep(DRAIN_MS)
    while (live.some(({ call }) => call.waiting) && performance.now() < silentAtMs + DRAIN_MOST_MS)
    const { heapMb } = await server.memory()
    for (const { call } of live) {
      call.up.finish()
      call.down.finish()
    }
    await Promise.all(live.map(({ caller }) => caller.hangUp(server.url)))
    const left = await model.settled(SESSIONS_CLOSE_WITHIN_MS)
    for (let i = 0; i < left; i++) measures.trouble('a session left open after its call')
    return {
      target: target.name,
      calls: options.calls,
      server: figures,
      measures,
      generator,
      heapMbBefore: before.heapMb,
      heapMbLive: heapMb,
      rssMbBefore: before.rssMb,
    }
  } catch (error) {
    for (const { caller, conversation } of live) {
      conversation.stop()
      caller.cut()
    }
    await model.settled(SESSIONS_CLOSE_WITHIN_MS)
    throw error
  } finally {
    ticker.stop()
  }
}

async function begin(
  call: BenchCall,
  target: Target,
  server: ServerProcess,
  model: ModelServer,
  ticker: Ticker,
): Promise<Live> {
  const caller = new Caller(call, ticker)
  const { configured } = model.expect(call)
  await caller.talk(await caller.ring(server.url, target.called))
  const session = await configured
  const startAt = Math.floor(((call.index * GOLDEN) % 1) * ROUND)
  return { call, caller, conversation: new Conversation(call, session, ticker, startAt) }
}
