/** How many calls a server carries on one core with every frame there in time. */
import { drawTogether, spoilt } from './figures.ts'
import { type LoadRun, runLoad } from './load-run.ts'
import type { ModelServer } from './model-server.ts'
import type { ServerProcess } from './server-process.ts'
import type { Target } from './targets.ts'

export interface Sustained {
  readonly target: string
  /** The most that were carried. */
  readonly calls: number
  /** What was tried next, and why it did not count; null when all that was tried was carried. */
  readonly failed: { readonly calls: number; readonly why: string } | null
}

const STEPS = [200, 300, 400, 540, 700]
const SECONDS = 5
const LATENCY_MOST_MS = 20

export async function searchSustained(target: Target, server: ServerProcess, model: ModelServer): Promise<Sustained> {
  let carried = 0
  for (const calls of STEPS) {
    let run: LoadRun
    try {
      run = await runLoad(target, server, model, { calls, seconds: SECONDS, profile: false })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { target: target.name, calls: carried, failed: { calls, why } }
    }
    const figures = drawTogether([run], [], 0)
    const p99 = Math.max(figures.up.p99, figures.down.p99)
    const bad = spoilt(figures)
    if (p99 >= LATENCY_MOST_MS || bad > 0) {
      const own = `p99 ${p99.toFixed(1)} ms, ${bad} frames spoilt`
      return { target: target.name, calls: carried, failed: { calls, why: [own, ...figures.doubts].join('; ') } }
    }
    carried = calls
  }
  return { target: target.name, calls: carried, failed: null }
}
