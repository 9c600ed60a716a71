/** Run as a process of its own by sqlite.test.ts, which kills it: appends events of one call until then, eight in flight. */
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { printAtOnce } from './print-at-once.ts'
import { callEvents, callerSaid, START } from './sample-call.ts'

const [path = '', callId = ''] = process.argv.slice(2)
const log = await openSqliteCallLog({ path })
const inFlight: Promise<void>[] = []
for (let seq = 1; ; seq++) {
  const body = seq === 1 ? START : callerSaid(`words ${seq}`, seq, seq)
  const [event] = callEvents(callId, [body])
  inFlight.push(log.append([{ ...event!, seq }]).then(() => printAtOnce(`${seq}\n`)))
  if (inFlight.length >= 8) await inFlight.shift()
}
