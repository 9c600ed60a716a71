/** Run as a process of its own by sqlite.test.ts, which kills it: appends events of one call until then, eight in flight. */
import { writeSync } from 'node:fs'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { callEvents, callerSaid, START } from './sample-call.ts'

const [path = '', callId = ''] = process.argv.slice(2)
const log = await openSqliteCallLog({ path })
const inFlight: Promise<void>[] = []
for (let seq = 1; ; seq++) {
  const body = seq === 1 ? START : callerSaid(`words ${seq}`, seq, seq)
  const [event] = callEvents(callId, [body])
  inFlight.push(log.append([{ ...event!, seq }]).then(() => print(`${seq}\n`)))
  if (inFlight.length >= 8) await inFlight.shift()
}

/** Written at once and by the system: what this process has printed stays printed when it is killed. */
function print(line: string): void {
  for (;;) {
    try {
      writeSync(1, line)
      return
    } catch (error) {
      // The pipe is full until the parent, on a busy machine, has read from it.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}
