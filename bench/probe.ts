/**
 * Preloaded into a server under test (`node --import`): answers the bench's questions about CPU time, memory and the event
 * loop from inside, so that the product needs no code for it. Figures are of the whole process, worker threads included.
 */

import { Session } from 'node:inspector/promises'
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { type CpuProfile, profileSummary } from './cpu-profile.ts'
import type { Answer, MemoryFigures, Question } from './probe-protocol.ts'

/** How often the loop is asked whether it still turns, in ms. */
const RESOLUTION_MS = 5
const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

let cpuBefore = process.cpuUsage()
let startedAtMs = performance.now()
let collections: number[] = []
let profiler: Session | null = null

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) collections.push(entry.duration)
}).observe({ entryTypes: ['gc'] })

function memory(): MemoryFigures {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssMb: rss / 2 ** 20, heapMb: (heapUsed + external) / 2 ** 20 }
}

async function answer(question: Question): Promise<Answer> {
  switch (question.ask) {
    case 'begin':
      if (question.profile) {
        profiler = new Session()
        profiler.connect()
        await profiler.post('Profiler.enable')
        await profiler.post('Profiler.start')
      }
      collections = []
      loop.enable()
      loop.reset()
      startedAtMs = performance.now()
      cpuBefore = process.cpuUsage()
      return { answer: 'begun' }
    case 'end': {
      const cpu = process.cpuUsage(cpuBefore)
      const elapsedMs = performance.now() - startedAtMs
      // The histogram holds the whole time from one look to the next, the wait between them included.
      const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
      const stops = { p99: beyond(loop.percentile(99)), max: beyond(loop.max) }
      loop.disable()
      let profile: string[] = []
      if (profiler !== null) {
        const stopped = await profiler.post('Profiler.stop')
        profile = profileSummary(stopped.profile satisfies CpuProfile)
        profiler.disconnect()
        profiler = null
      }
      return {
        answer: 'ended',
        cpuUserMs: cpu.user / 1000,
        cpuSystemMs: cpu.system / 1000,
        elapsedMs,
        loopStopP99Ms: stops.p99,
        loopStopMaxMs: stops.max,
        gcCount: collections.length,
        gcTotalMs: collections.reduce((sum, ms) => sum + ms, 0),
        gcMaxMs: Math.max(0, ...collections),
        ...memory(),
        profile,
      }
    }
    case 'memory':
      globalThis.gc?.()
      return { answer: 'memory', ...memory() }
  }
}

process.on('message', (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply))
})
// The bench is gone, however it went: nothing of it stays behind.
process.on('disconnect', () => process.exit(0))
// Asking must not be a reason to live.
process.channel?.unref()
