/**
 * A stand-in for Twilio that places calls to our server over real sockets, as strictly as the real one. It shares no code with
 * src/carriers: both were written from the same fact sheet, so a misreading shows as a failing call.
 */
import { randomBytes } from 'node:crypto'
import { type CallOptions, TwinCall } from './call.ts'
import { Ticker } from './ticker.ts'

export interface CarrierTwinOptions {
  readonly authToken: string
  /** Default: one of its own. */
  readonly accountSid?: string
  /**
   * Where connections really go, as an origin (`http://127.0.0.1:8080`), while URLs keep their public names and signatures
   * are over those: for a server whose PUBLIC_URL is an https address this machine cannot reach.
   */
  readonly connectTo?: string
}

export interface CarrierTwin extends AsyncDisposable {
  readonly accountSid: string
  /** Calls that are not over. */
  readonly calls: ReadonlySet<TwinCall>
  /**
   * Places a call. Fulfilled when the voice webhook was answered, whatever with: what went wrong is in `call.errors`.
   * @throws ZodError when a fault is misspelt
   */
  placeCall(options: CallOptions): Promise<TwinCall>
  /** Hangs up every call and stops the clock. */
  close(): Promise<void>
}

export function createCarrierTwin(options: CarrierTwinOptions): CarrierTwin {
  const accountSid = options.accountSid ?? `AC${randomBytes(16).toString('hex')}`
  const ticker = new Ticker()
  const calls = new Set<TwinCall>()
  const side = { authToken: options.authToken, accountSid, ticker, connectTo: options.connectTo ?? null }

  async function close(): Promise<void> {
    await Promise.all([...calls].map((call) => call.hangUp()))
    ticker[Symbol.dispose]()
  }

  return {
    accountSid,
    calls,
    async placeCall(callOptions) {
      const call = new TwinCall(callOptions, side)
      calls.add(call)
      call.ended.then(() => calls.delete(call))
      await call.placed
      return call
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
