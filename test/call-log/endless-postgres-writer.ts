/**
 * Run as a process of its own by postgres-kill.test.ts, which kills it: appends events of one call after another until then,
 * eight appends in flight, and prints each event once it is acknowledged.
 */
import { openPostgresCallLog } from '../../src/call-log/postgres.ts'
import { printAtOnce } from './print-at-once.ts'
import { callEvents, callerSaid, END, START } from './sample-call.ts'

const [url = '', spoolFolder = '', name = ''] = process.argv.slice(2)
/** An answer that takes longer means that the server is away: soon enough for a test. */
const log = await openPostgresCallLog({ url, spoolFolder, answerWithinMs: 700 })
printAtOnce('open\n')
const EVENTS_A_CALL = 20
const inFlight: Promise<void>[] = []
for (let call = 1; ; call++) {
  const callId = `${name}_${call}`
  for (let seq = 1; seq <= EVENTS_A_CALL; seq++) {
    const body = seq === 1 ? START : seq === EVENTS_A_CALL ? END : callerSaid(`words ${seq}`, seq, seq)
    const [event] = callEvents(callId, [body])
    inFlight.push(log.append([{ ...event!, seq }]).then(() => printAtOnce(`${callId} ${seq}\n`)))
    if (inFlight.length >= 8) await inFlight.shift()
  }
}
