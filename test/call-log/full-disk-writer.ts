/**
 * Run as a process of its own by sqlite.test.ts, under a limit on the size of the files it may write: appends until an
 * append is refused, reads, has the limit lifted, appends the refused event again, and prints what it saw.
 */
import { spawnSync } from 'node:child_process'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { callEvents, callerSaid, START } from './sample-call.ts'

const [path = ''] = process.argv.slice(2)
const log = await openSqliteCallLog({ path })
const events = callEvents('call_1', [
  START,
  ...Array.from({ length: 200 }, (_, i) => callerSaid('x'.repeat(20_000), i, i)),
])
let kept = 0
let refused = ''
for (const event of events) {
  try {
    await log.append([event])
    kept++
  } catch (error) {
    refused = String(error)
    break
  }
}
const readWhileFull = (await log.events('call_1')).length
// Of util-linux, which every Linux has; a name of its own, so that it is not taken for a command of some package.
const limits = 'prlimit'
spawnSync(limits, ['--pid', String(process.pid), '--fsize=unlimited'], { stdio: 'inherit' })
await log.append(events.slice(kept, kept + 1))
const keptAfterwards = (await log.events('call_1')).length
await log.close()
console.log(JSON.stringify({ kept, refused, readWhileFull, keptAfterwards }))
