/** Many short calls in a row: what they leave behind in memory. */
import { setTimeout as sleep } from 'node:timers/promises'
import { BenchCall } from './bench-call.ts'
import { Caller } from './caller.ts'
import { Measures } from './measures.ts'
import type { Dialling, ModelServer } from './model-server.ts'
import type { ServerProcess } from './server-process.ts'
import type { Target } from './targets.ts'
import { Ticker } from './ticker.ts'

export interface ChurnFigures {
  readonly target: string
  readonly calls: number
  /** After a full collection, when a tenth of the calls were over and when all were. */
  readonly earlyMb: number
  readonly lateMb: number
  readonly grownMb: number
}

const TALK_MS = 100
const AT_ONCE = 50

export async function runChurn(
  target: Target,
  server: ServerProcess,
  model: ModelServer,
  calls: number,
): Promise<ChurnFigures> {
  const ticker = new Ticker()
  ticker.start()
  let earlyMb = Number.NaN
  try {
    for (let done = 0; done < calls; done += AT_ONCE) {
      if (Number.isNaN(earlyMb) && done >= calls / 10) earlyMb = await settledMb(server, model)
      const live: Promise<void>[] = []
      for (let i = 0; i < Math.min(AT_ONCE, calls - done); i++) {
        const call = new BenchCall((done + i) % 65_536, target.expected, new Measures())
        const dialling = model.expect(call)
        const short = shortCall(call, target, server, ticker, dialling)
        // Heard of below, when all of them have begun.
        short.catch(() => {})
        live.push(short)
        await dialling.dialled
      }
      await Promise.all(live)
    }
    const lateMb = await settledMb(server, model)
    return { target: target.name, calls, earlyMb, lateMb, grownMb: lateMb - earlyMb }
  } finally {
    ticker.stop()
  }
}

async function shortCall(
  call: BenchCall,
  target: Target,
  server: ServerProcess,
  ticker: Ticker,
  { configured }: Dialling,
): Promise<void> {
  const caller = new Caller(call, ticker)
  await caller.talk(await caller.ring(server.url, target.called))
  await configured
  await sleep(TALK_MS)
  await caller.hangUp(server.url)
}

async function settledMb(server: ServerProcess, model: ModelServer): Promise<number> {
  await model.settled(3_000)
  await sleep(1_000)
  return (await server.memory()).heapMb
}
