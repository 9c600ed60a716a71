/** Faults that belong to no call: what a timer throws, and a rejection that nobody waits for. */
import type { Logger } from 'pino'

/**
 * Writes them to the log and goes on. Node would end the process, because it cannot know what was left half done. Here
 * such a fault nearly always comes from a tool handler that has returned already; what a call is lies in a value of its
 * own that the fault does not reach, and the end of the process would cut off every other caller on the line.
 */
export function outliveFaults(log: Pick<Logger, 'error'>): void {
  // A rejection without a handler comes by here too, and `origin` says so.
  process.on('uncaughtException', (error: unknown, origin) => {
    log.error({ origin, ...factsOf(error) }, 'a fault outside of any call: the server goes on')
  })
}

/** Where it came from and of what kind it is. Its message stays out: backends put names, numbers and words into theirs. */
function factsOf(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { error: typeof error }
  const stack = error.stack ?? ''
  const framesAt = stack.search(/^\s+at /m)
  return {
    error: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    stack: framesAt < 0 ? '' : stack.slice(framesAt),
  }
}
