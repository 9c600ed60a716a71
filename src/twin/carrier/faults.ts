/**
 * What can go wrong at the carrier, on purpose: the six ways any wire fails (../faults.ts) and those only a carrier has.
 * `at` names what is struck: `webhook` (any TwiML request), `upgrade`, a stream message (`connected`, `start`, `media`, `dtmf`,
 * `mark`, `stop`) or a status callback (`initiated`, `ringing`, `answered`, `completed`). One `media` message is 20 ms.
 *
 * So a start that never comes is `{ fault: 'lost', at: 'start' }` (no media goes out before it), a missing stop is
 * `{ fault: 'lost', at: 'stop' }`, marks that come back slowly are `{ fault: 'late', at: 'mark', ms: 300 }`, and ten lost
 * frames after one second are `{ fault: 'lost', at: 'media', after: 50, times: 10 }`: the timestamps jump by 200 ms.
 */
import { z } from 'zod'
import { Fault as AnyWireFault } from '../faults.ts'

const after = z.int().min(0).default(0)
const times = z.int().min(1).nullable().default(1)
const count = z.int().min(1)
const signed = z.enum(['webhook', 'upgrade', 'status'])
const called = z.enum(['webhook', 'status'])
const media = { at: z.literal('media').default('media'), after, times }
const start = { at: z.literal('start').default('start'), after, times }

const OwnFault = z.discriminatedUnion('fault', [
  /** No signature header; `status` is any status callback. */
  z.strictObject({ fault: z.literal('unsigned'), at: signed, after, times }),
  /** One character of the signature is another. */
  z.strictObject({ fault: z.literal('altered-signature'), at: signed, after, times }),
  /** The same request is posted again `ms` after it was first sent, answered or not. */
  z.strictObject({ fault: z.literal('duplicate'), at: called, after, times, ms: z.number().min(0).default(0) }),
  /** Caller audio is held back for `ms` and then comes all at once. */
  z.strictObject({ fault: z.literal('burst'), ...media, ms: z.number().min(0) }),
  /** The connection is cut without a close frame and without `stop`. */
  z.strictObject({ fault: z.literal('cut'), ...media }),
  /** An event nobody has heard of goes out first: receivers ignore it (telephony.md 1.2). */
  z.strictObject({ fault: z.literal('unknown-event'), ...media }),
  /** Another stream for the same call: its start carries the token of the first, one from a repeated webhook, or a wrong one. */
  z.strictObject({ fault: z.literal('second-stream'), ...media, token: z.enum(['same', 'new', 'wrong']) }),
  /** One text message of this many bytes. */
  z.strictObject({ fault: z.literal('oversize'), ...media, bytes: count.default(1 << 20) }),
  /** This many binary messages of this many bytes each. */
  z.strictObject({ fault: z.literal('binary'), ...media, messages: count.default(200), bytes: count.default(160) }),
  /** One message in this many fragments, which never ends. */
  z.strictObject({ fault: z.literal('fragments'), ...media, fragments: count.default(10_000) }),
  /** The start announces another format than the carrier's only one. */
  z.strictObject({
    fault: z.literal('wrong-format'),
    ...start,
    encoding: z.string().default('audio/x-mulaw'),
    sampleRate: z.int().default(8000),
    channels: z.int().default(1),
  }),
  /** Every custom parameter of the start has another value of the same length. */
  z.strictObject({ fault: z.literal('wrong-token'), ...start }),
  /** The start names another call. */
  z.strictObject({ fault: z.literal('wrong-call'), ...start }),
])

const SHARED = ['late', 'lost', 'reordered', 'garbled', 'stalled', 'closed'] as const
type SharedFault = Extract<AnyWireFault, { fault: (typeof SHARED)[number] }>
const isShared = (fault: AnyWireFault): fault is SharedFault => SHARED.some((name) => name === fault.fault)

export type Fault = z.infer<typeof OwnFault> | SharedFault
export type FaultName = Fault['fault']
/** A fault as it is written down: what has a default may be left out. */
export type FaultInput =
  | z.input<typeof OwnFault>
  | Extract<z.input<typeof AnyWireFault>, { fault: SharedFault['fault'] }>

/** @throws ZodError when it is not a fault of the carrier or is misspelt */
function readFault(input: FaultInput): Fault {
  // Tried by name, so that the error of a misspelt field is about the fault that was meant.
  if (!SHARED.some((name) => name === input.fault)) return OwnFault.parse(input)
  const fault = AnyWireFault.parse(input)
  if (!isShared(fault)) throw new TypeError(`${fault.fault} is no fault of a carrier`)
  return fault
}

interface Armed {
  readonly fault: Fault
  passed: number
  struck: number
}

/** The faults in force on one call, and how often each has struck. */
export class FaultPlan {
  readonly #armed: Armed[]

  /** @throws ZodError when a fault is not one of the carrier's or is misspelt */
  constructor(faults: readonly FaultInput[]) {
    this.#armed = faults.map((fault) => ({ fault: readFault(fault), passed: 0, struck: 0 }))
  }

  /** Nothing can go wrong: the path of a frame need not ask. */
  get none(): boolean {
    return this.#armed.length === 0
  }

  /** Asks whether a fault strikes here, and counts that it was asked. */
  strike<Name extends FaultName>(name: Name, at: string): Extract<Fault, { fault: Name }> | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed
      if (!isNamed(fault, name) || (fault.at !== undefined && fault.at !== at)) continue
      if (fault.times !== null && armed.struck >= fault.times) continue
      if (armed.passed < fault.after) {
        armed.passed++
        continue
      }
      armed.struck++
      return fault
    }
    return undefined
  }
}

function isNamed<Name extends FaultName>(fault: Fault, name: Name): fault is Extract<Fault, { fault: Name }> {
  return fault.fault === name
}
