/** A call's signed requests to our server: documents, status callbacks, and what goes wrong with them on request. */
import { Appointment } from './agenda.ts'
import type { CallClock } from './call-clock.ts'
import type { FaultPlan } from './faults.ts'
import { alter, type Fields, sign } from './signature.ts'
import type { Target } from './twiml.ts'
import { dialledUrl, type HttpAnswer, request } from './webhook.ts'

export interface RequestSetup {
  readonly authToken: string
  /** Where connections really go, when not to the URLs' own hosts. */
  readonly connectTo: string | null
  readonly faults: FaultPlan
  readonly clock: CallClock
  /** Aborted when the call is over: nobody waits for a document then. Status callbacks are posted all the same. */
  readonly callOver: AbortSignal
}

export class Requests {
  /** Answers to requests that were sent a second time. */
  readonly duplicateAnswers: HttpAnswer[] = []
  readonly #setup: RequestSetup
  readonly #background = new Set<Promise<unknown>>()
  readonly #never = new AbortController().signal

  constructor(setup: RequestSetup) {
    this.#setup = setup
  }

  /** Asks for a TwiML document. Never rejects. */
  document(target: Target, fields: Fields): Promise<HttpAnswer> {
    return this.#send('webhook', target, fields, this.#setup.callOver)
  }

  /** Posts a status callback of the call or of a stream. Never rejects. */
  status(target: Target, fields: Fields): Promise<HttpAnswer> {
    return this.#send('status', target, fields, this.#never)
  }

  /** The signature as faults leave it; null: none. */
  signature(at: 'webhook' | 'upgrade' | 'status', url: string, fields: Fields): string | null {
    const { faults, authToken } = this.#setup
    if (faults.strike('unsigned', at)) return null
    const signature = sign(authToken, url, fields)
    return faults.strike('altered-signature', at) ? alter(signature) : signature
  }

  /** Does something beside the call, which its end waits for. */
  alongside(work: Promise<unknown>): void {
    const settled: Promise<unknown> = work.then(
      () => this.#background.delete(settled),
      () => this.#background.delete(settled),
    )
    this.#background.add(settled)
  }

  /** Fulfilled when all that was begun alongside is done. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background)
  }

  #send(at: 'webhook' | 'status', target: Target, fields: Fields, signal: AbortSignal): Promise<HttpAnswer> {
    const { connectTo, faults, clock } = this.#setup
    const { method } = target
    const url = dialledUrl(target.url, method, fields)
    const body = method === 'POST' ? fields : []
    const asked = { url, method, fields: body, signature: this.signature(at, url, body), connectTo }
    const duplicate = faults.strike('duplicate', at)
    if (duplicate) {
      const again = new Promise<void>((resolve) => {
        const repeat = async () => {
          this.duplicateAnswers.push(await request({ ...asked, signal: this.#never }))
          resolve()
        }
        clock.at(new Appointment(repeat), clock.nowMs() + duplicate.ms)
      })
      this.alongside(again)
    }
    return request({ ...asked, signal })
  }
}
