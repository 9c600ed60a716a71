import { expect, it } from 'vitest'
import { Place } from '../process/place.ts'
import { dial } from './plain-call.ts'
import type { PlainSession } from './plain-model.ts'

const CALLS = 300
const AT_ONCE = 15
/** What a garbage collector may leave or take: 200 calls that leave 10 kB each would be more. */
const HEAP_SLACK_MB = 2

/** Calls end in every way that is not slow. The called number says how, and the agent's instructions tell the model. */
const ENDS = ['caller', 'agent', 'model'] as const
type EndsBy = (typeof ENDS)[number]

const files = Object.fromEntries(
  ENDS.map((by, i) => [
    `config/agents/${by}.yaml`,
    `instructions: ends by ${by}\nnumbers: ["+1555010${i}"]\naudio: { wire: g711 }\ntools: [end_call]\n`,
  ]),
)

function behave(session: PlainSession): void {
  const by = ENDS.find((each) => JSON.stringify(session.received[0]).includes(`ends by ${each}`))
  const say = () => {
    const speech = session.speak()
    speech.words('One moment.')
    speech.audio(Buffer.alloc(1600, 0x20).toString('base64'))
    speech.done()
  }
  session.onEvent = ({ type }) => {
    if (type === 'response.create') say()
  }
  say()
  if (by === 'agent') session.callTools({ callId: `call_${session.number}`, name: 'end_call', args: {} })
  // Lost, taken up again, and lost again at once: then the call is over.
  if (by === 'model') session.cut()
}

async function shortCall(place: Place, by: EndsBy): Promise<void> {
  const call = await dial(place.carrier, { webhookUrl: place.webhookUrl, to: `+1555010${ENDS.indexOf(by)}` })
  if (by === 'caller') {
    await call.waitForAgentSpeech()
    await call.hangUp()
  } else expect([by, (await call.ended).why]).toEqual([by, 'hangup-verb'])
  expect({ errors: call.errors, warnings: call.warnings }).toEqual({ errors: [], warnings: [] })
}

it(`${CALLS} short calls leave the heap flat, and no timer, no socket and nothing of a call behind`, {
  timeout: 80_000,
}, async () => {
  await using place = await Place.open({ serve: 'counting', files })
  place.model.onConfigured = behave
  let placed = 0
  const callsUpTo = async (most: number) => {
    const worker = async () => {
      while (placed < most) await shortCall(place, ENDS[placed++ % ENDS.length]!)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    return place.idle()
  }
  const startedMs = performance.now()
  const warm = await callsUpTo(CALLS / 3)
  const after = await callsUpTo(CALLS)
  const tookS = (performance.now() - startedMs) / 1000
  console.log(`${CALLS} calls in ${tookS.toFixed(1)} s; heap ${warm.heapMb.toFixed(1)} → ${after.heapMb.toFixed(1)} MB`)
  expect(after.resources).toEqual(warm.resources)
  expect(after.heapMb - warm.heapMb).toBeLessThan(HEAP_SLACK_MB)
  expect(place.server.log.filter(({ level }) => level >= 50)).toEqual([])
})
