/** A call for tools under test, and what they logged. */
import type { ToolContext } from '../../src/tools/tool.ts'

export type Logged = readonly [message: string, fields: Readonly<Record<string, string | number | boolean>> | undefined]

export function toolContext(): { context: ToolContext; logged: Logged[] } {
  const logged: Logged[] = []
  const context: ToolContext = {
    callId: 'call_1',
    agent: 'harbour-bikes',
    from: '+15550123',
    to: '+15550100',
    idempotencyKey: 'key_1',
    secrets: {},
    signal: new AbortController().signal,
    log: (message, fields) => void logged.push([message, fields]),
  }
  return { context, logged }
}
