/** A program for tests: the server as `earshot serve` starts it, which also tells what it holds when it is asked. */
import { readConfig } from '../../src/config/config.ts'
import { startEarshot } from '../../src/earshot.ts'
import type { Counters } from './server-child.ts'

const earshot = await startEarshot(readConfig(process.env))

/** What a carrier counts of itself, by the name of its counter. */
function counted(name: 'openStreams' | 'unusedTokens'): number {
  return earshot.carriers.reduce((sum, carrier) => {
    const value: unknown = Reflect.get(carrier, name)
    return sum + (typeof value === 'number' ? value : 0)
  }, 0)
}

/** Code that is not used any more is let go only after it has been so for several collections. */
const COLLECTIONS = 8

function counters(): Counters {
  const resources: Record<string, number> = {}
  // A file being read is under way, and not held: the configuration is looked at when it changes.
  const held = process.getActiveResourcesInfo().filter((kind) => kind !== 'FSReqCallback')
  for (const kind of held) resources[kind] = (resources[kind] ?? 0) + 1
  return {
    resources,
    liveCalls: earshot.liveCalls,
    openStreams: counted('openStreams'),
    unusedTokens: counted('unusedTokens'),
    callsInJournal: earshot.journal.openCalls,
    decisionsKept: earshot.switchboard.decisionsKept,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
  }
}

process.on('message', (message) => {
  for (let i = 0; i < COLLECTIONS && message === 'collect'; i++) globalThis.gc?.()
  process.send?.(counters())
})
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => {
  void earshot.close(0).then(() => process.disconnect())
})
process.stdout.write(`the counting server listens on ${earshot.url}\n`)
