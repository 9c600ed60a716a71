/**
 * What can go wrong on a wire, on purpose. Both twins take a list of these, in code or from YAML, and can be given
 * another list while calls run. Which messages a fault strikes is said the same way everywhere: `at`, `after`, `times`.
 */
import { z } from 'zod'

const strikes = {
  /** The message it strikes, by the wire's own name for it (`media`, `mark`, `response.done`); absent: any. */
  at: z.string().min(1).optional(),
  /** How many such messages pass unharmed first. */
  after: z.int().min(0).default(0),
}
/** How often it strikes; null: every time. */
const times = (count: number | null) => z.int().min(1).nullable().default(count)

/** A close code that may appear in a close frame (RFC 6455, section 7.4). */
const CloseCode = z
  .int()
  .refine(
    (code) => (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999),
  )

export const Fault = z.discriminatedUnion('fault', [
  /** The answer comes `ms` later. Carrier: a frame or message is held back. Model: every response begins late. */
  z.strictObject({ fault: z.literal('late'), ...strikes, times: times(null), ms: z.number().min(0) }),
  /**
   * Carrier: the message is never sent. Model: the connection is cut when the message would be sent; 1006 means
   * without a close frame.
   */
  z.strictObject({
    fault: z.literal('lost'),
    ...strikes,
    times: times(1),
    code: z.union([z.literal(1006), z.literal(1011)]).default(1006),
  }),
  /**
   * Carrier: the message is sent after the next one. Model: the caller's transcript is completed before the response
   * to it is created, or only after that response is done.
   */
  z.strictObject({
    fault: z.literal('reordered'),
    ...strikes,
    times: times(null),
    transcript: z.enum(['before-response', 'after-response']).default('after-response'),
  }),
  /**
   * An unreadable message is sent: `json`: cut in the middle; `type`: an event nobody has heard of; `base64`: audio
   * that is not base64 (carrier only). Carrier: in place of the message. Model: in front of it.
   */
  z.strictObject({
    fault: z.literal('garbled'),
    ...strikes,
    times: times(1),
    as: z.enum(['json', 'type', 'base64']).default('json'),
  }),
  /** Carrier: nothing more is sent, and the connection stays open. Model: a response is accepted and never begins. */
  z.strictObject({ fault: z.literal('stalled'), ...strikes, times: times(1) }),
  /** The connection is closed with this code when the message would be sent. */
  z.strictObject({
    fault: z.literal('closed'),
    ...strikes,
    times: times(1),
    code: CloseCode.default(1011),
    reason: z.string().max(120).default(''),
  }),
  /** Model: the WebSocket handshake is answered with this HTTP status. */
  z.strictObject({
    fault: z.literal('refused'),
    ...strikes,
    times: times(1),
    status: z.union([z.literal(401), z.literal(403), z.literal(404), z.literal(429), z.literal(500), z.literal(503)]),
  }),
  /** Model: the handshake is accepted `ms` late. */
  z.strictObject({ fault: z.literal('slow-connect'), ...strikes, times: times(null), ms: z.number().min(0) }),
  /** Model: a response is created and ends as `failed`. */
  z.strictObject({
    fault: z.literal('failed'),
    ...strikes,
    times: times(1),
    type: z.string().default('server_error'),
    code: z.string().default('server_error'),
    message: z.string().default('The server had an error while processing your request. Sorry about that!'),
  }),
  /** Model: the arguments of a function call break off; its item and its response are `incomplete`. */
  z.strictObject({ fault: z.literal('arguments-cut'), ...strikes, times: times(1) }),
])
export type Fault = z.infer<typeof Fault>
export type FaultName = Fault['fault']
/** A fault as it is written down: what has a default may be left out. */
export type FaultInput = z.input<typeof Fault>

export const FAULT_NAMES: readonly FaultName[] = Fault.options.map((option) => option.shape.fault.value)

interface Armed {
  readonly fault: Fault
  passed: number
  struck: number
}

/** The faults in force, and how often each has struck. */
export class FaultPlan {
  #armed: Armed[] = []

  /** @throws ZodError when a fault is not one of {@link FAULT_NAMES} or is misspelt */
  constructor(faults: readonly FaultInput[] = []) {
    this.set(faults)
  }

  /** Replaces the list; all counts begin again. @throws ZodError as the constructor; the old list then stays */
  set(faults: readonly FaultInput[]): void {
    this.#armed = faults.map((fault) => ({ fault: Fault.parse(fault), passed: 0, struck: 0 }))
  }

  /**
   * Asks whether a fault strikes here, and counts that it was asked.
   * @param at the message concerned, by the wire's own name for it
   */
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
