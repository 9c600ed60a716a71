/** The signalling side of a call: asks for TwiML and performs it, and reports how the call goes. */
import { randomBytes } from 'node:crypto'
import { Appointment } from './agenda.ts'
import type { CallClock } from './call-clock.ts'
import type { EndedWhy, StatusEvent, TwinEvent } from './events.ts'
import type { FaultPlan } from './faults.ts'
import type { Line } from './line.ts'
import type { Requests } from './requests.ts'
import { runTwiml, type TwimlHost } from './run-twiml.ts'
import type { Fields } from './signature.ts'
import { StatusCallbacks } from './status.ts'
import { wrongParameters } from './stream.ts'
import { readTwiml, type StreamNoun, type Target, type TwimlDocument, TwimlError, type Verb } from './twiml.ts'
import type { HttpAnswer } from './webhook.ts'

export type DialVerb = Extract<Verb, { verb: 'Dial' }>
export type DialStatus = 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled'

export interface ControlSetup {
  readonly accountSid: string
  readonly callSid: string
  readonly from: string
  readonly to: string
  readonly extraParams: Readonly<Record<string, string>>
  readonly webhookUrl: string
  readonly statusCallbackUrl: string | null
  readonly dialStatus: DialStatus
  readonly maxDocuments: number
  readonly clock: CallClock
  readonly faults: FaultPlan
  readonly requests: Requests
  readonly line: Line
  /** Aborted when the caller hangs up, and by this side when the call has come to its end. */
  readonly callOver: AbortController
  emit(event: TwinEvent): void
  notice(level: 'error' | 'warning', code: number, detail: string): void
}

/** One TwiML request and its answer. */
export interface DocumentRequest {
  readonly url: string
  readonly tookMs: number
  readonly answer: HttpAnswer
}

export interface Ended {
  readonly why: EndedWhy
  /** Every verb that was begun, in order. */
  readonly verbs: readonly Verb[]
  /** Call time at which nothing was heard any longer. */
  readonly atMs: number
}

export class Control {
  readonly documents: DocumentRequest[] = []
  readonly verbs: Verb[] = []
  readonly dialled: DialVerb[] = []

  readonly #setup: ControlSetup
  readonly #status: StatusCallbacks
  #answeredMs: number | null = null
  #firstAnswer = () => {}

  constructor(setup: ControlSetup) {
    this.#setup = setup
    const { statusCallbackUrl } = setup
    this.#status = new StatusCallbacks(
      statusCallbackUrl === null ? null : (event, fields) => this.#postStatus(statusCallbackUrl, event, fields),
      setup.faults,
      setup.clock,
    )
  }

  /**
   * Lives the whole call. Fulfilled when nothing is left of it: streams closed, callbacks posted. Never rejects.
   * @param firstAnswer told when the first webhook was answered, whatever with
   */
  async run(firstAnswer: () => void): Promise<Ended> {
    const { clock, line, requests, callOver, webhookUrl, maxDocuments, emit } = this.#setup
    this.#firstAnswer = firstAnswer
    this.#status.report('initiated', 'initiated', this.#fields())
    this.#status.report('ringing', 'ringing', this.#fields())
    const why = await runTwiml(this.#host(), { url: webhookUrl, method: 'POST' }, maxDocuments)
    callOver.abort()
    firstAnswer()
    const atMs = await line.end()
    const talkedS = this.#answeredMs === null ? 0 : (atMs - this.#answeredMs) / 1000
    this.#status.report('completed', finalStatus(why, this.#answeredMs !== null, this.verbs), [
      ...this.#fields(),
      ['CallDuration', String(Math.round(talkedS))],
      ['Duration', String(Math.ceil(talkedS / 60))],
    ])
    await this.#status.settled()
    await requests.settled()
    // What was begun alongside may have opened a stream.
    await line.end()
    emit({ type: 'ended', why, atMs: clock.nowMs() })
    return { why, verbs: this.verbs, atMs }
  }

  /** A second stream for a call that has one: a fault. */
  async openSecondStream(token: 'same' | 'new' | 'wrong'): Promise<void> {
    const { line, webhookUrl, callOver } = this.#setup
    const stream = lastStream(this.verbs)
    if (!stream) return
    if (token === 'same') line.openStream(stream)
    else if (token === 'wrong') line.openStream({ ...stream, parameters: wrongParameters(stream.parameters) })
    else {
      const document = await this.#document({ url: webhookUrl, method: 'POST' }, [])
      const again = lastStream(document?.verbs ?? [])
      if (again && !callOver.signal.aborted) line.openStream(again)
    }
  }

  #host(): TwimlHost {
    const { clock, callOver, emit, dialStatus } = this.#setup
    const { signal } = callOver
    return {
      get over() {
        return signal.aborted
      },
      document: (target, more) => this.#document(target, more),
      answered: () => {
        this.#answeredMs = clock.nowMs()
        this.#status.report('answered', 'in-progress', this.#fields())
      },
      performing: (verb) => {
        this.verbs.push(verb)
        emit({ type: 'verb', verb, atMs: clock.nowMs() })
      },
      connect: (noun) => this.#connect(noun),
      pause: (ms) =>
        new Promise((resolve) => {
          const waited = new Appointment(() => resolve())
          clock.at(waited, clock.nowMs() + ms)
          signal.addEventListener('abort', () => {
            clock.cancel(waited)
            resolve()
          })
        }),
      dial: (verb) => {
        this.dialled.push(verb)
        return [
          ['DialCallStatus', dialStatus],
          ['DialCallSid', `CA${randomBytes(16).toString('hex')}`],
          ['DialCallDuration', '0'],
        ]
      },
    }
  }

  async #document(target: Target, more: Fields): Promise<TwimlDocument | null> {
    const { clock, requests, emit } = this.#setup
    const startedMs = clock.nowMs()
    const callStatus = this.#answeredMs === null ? 'ringing' : 'in-progress'
    const answer = await requests.document(target, this.#fields([['CallStatus', callStatus], ...more]))
    const atMs = clock.nowMs()
    const tookMs = atMs - startedMs
    this.documents.push({ url: target.url, tookMs, answer })
    emit({ type: 'webhook', url: target.url, status: 'status' in answer ? answer.status : null, tookMs, atMs })
    const document = this.#read(answer, target.url)
    this.#firstAnswer()
    return document
  }

  #read(answer: HttpAnswer, url: string): TwimlDocument | null {
    if ('failed' in answer) return answer.failed === 'aborted' ? null : this.#fail(answer.failed, answer.detail)
    const { status, contentType, body } = answer
    if (status < 200 || status > 299) return this.#fail(11200, `the webhook was answered with ${status}`)
    if (!/^(text|application)\/xml\s*(;|$)/i.test(contentType)) {
      return this.#fail(12300, `the answer is ${contentType || 'of no type'}, not text/xml`)
    }
    try {
      const document = readTwiml(body, url)
      for (const { level, code, detail } of document.problems) this.#setup.notice(level, code, detail)
      return document
    } catch (error) {
      if (error instanceof TwimlError) return this.#fail(12100, error.message)
      throw error
    }
  }

  #fail(code: number, detail: string): null {
    this.#setup.notice('error', code, detail)
    return null
  }

  async #connect(noun: StreamNoun): Promise<void> {
    const { stream, failure } = await this.#setup.line.connect(noun, (opened) => {
      this.#streamStatus(noun, opened.streamSid, 'stream-started', [])
    })
    if (failure === null) this.#streamStatus(noun, stream.streamSid, 'stream-stopped', [])
    else this.#streamStatus(noun, stream.streamSid, 'stream-error', [['StreamError', failure]])
  }

  /** Source: telephony.md, section 1.5. */
  #streamStatus(noun: StreamNoun, streamSid: string, event: string, more: Fields): void {
    const { accountSid, callSid, requests } = this.#setup
    if (!noun.statusCallback) return
    const fields: Fields = [
      ['AccountSid', accountSid],
      ['CallSid', callSid],
      ['StreamSid', streamSid],
      ['StreamName', noun.name ?? streamSid],
      ['StreamEvent', event],
      ...more,
      ['Timestamp', new Date().toISOString()],
    ]
    requests.alongside(requests.status(noun.statusCallback, fields))
  }

  async #postStatus(url: string, event: StatusEvent, fields: Fields): Promise<void> {
    const { requests, notice, emit, clock } = this.#setup
    const answer = await requests.status({ url, method: 'POST' }, fields)
    const httpStatus = 'status' in answer ? answer.status : null
    if (httpStatus === null || httpStatus < 200 || httpStatus > 299) {
      notice('error', 11200, `the ${event} callback was answered with ${httpStatus ?? 'nothing'}`)
    }
    emit({ type: 'status', event, httpStatus, atMs: clock.nowMs() })
  }

  /** The fields every webhook of a call carries. Source: telephony.md, section 1.8. */
  #fields(more: Fields = []): Fields {
    const { accountSid, callSid, from, to, extraParams } = this.#setup
    const fields: Fields = [
      ['AccountSid', accountSid],
      ['ApiVersion', '2010-04-01'],
      ['CallSid', callSid],
      ['Called', to],
      ['Caller', from],
      ['Direction', 'inbound'],
      ['From', from],
      ['To', to],
      ...more,
    ]
    return [...fields.filter(([name]) => !Object.hasOwn(extraParams, name)), ...Object.entries(extraParams)]
  }
}

function lastStream(verbs: readonly Verb[]): StreamNoun | null {
  const connect = verbs.findLast((verb) => verb.verb === 'Connect')
  return connect?.stream ?? null
}

/** The terminal call status. Source: telephony.md, section 1.8. */
function finalStatus(why: EndedWhy, answered: boolean, verbs: readonly Verb[]): string {
  if (answered) return 'completed'
  if (why === 'caller-hung-up') return 'canceled'
  if (why !== 'rejected') return 'failed'
  return verbs.some((verb) => verb.verb === 'Reject' && verb.reason === 'busy') ? 'busy' : 'no-answer'
}
