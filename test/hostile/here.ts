/** The real server in this process, between a plain model and a carrier, in a folder that goes away. */
import type { CallEvent } from '../../src/call/events.ts'
import type { CallStore } from '../../src/call-log/call-store.ts'
import { readConfig } from '../../src/config/config.ts'
import { type Earshot, startEarshot } from '../../src/earshot.ts'
import { type CarrierTwin, createCarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import { AUTH_TOKEN, steadyAgent } from '../process/place.ts'
import { Folder, LogLine } from '../process/server-child.ts'
import { type PlainCall, type PlainCallOptions, plainCall } from './plain-call.ts'
import { PlainModel } from './plain-model.ts'
import { SteadyCall } from './steady-call.ts'

export interface HereOptions {
  /** Files of the configuration beside the agent, or in its place, by their paths. */
  readonly files?: Readonly<Record<string, string>>
  readonly openCallLog?: (path: string) => Promise<CallStore>
}

export class Here implements AsyncDisposable {
  readonly earshot: Earshot
  readonly model: PlainModel
  readonly carrier: CarrierTwin = createCarrierTwin({ authToken: AUTH_TOKEN })
  readonly folder: Folder
  /** Every event of every call, as the journal was given it. */
  readonly events: CallEvent[] = []
  readonly #lines: string[]

  private constructor(earshot: Earshot, model: PlainModel, folder: Folder, lines: string[]) {
    this.earshot = earshot
    this.model = model
    this.folder = folder
    this.#lines = lines
    earshot.journal.subscribe((event) => {
      this.events.push(event)
      model.changed()
    })
  }

  static async open({ files = {}, openCallLog }: HereOptions = {}): Promise<Here> {
    const folder = new Folder({ 'config/agents/steady.yaml': steadyAgent(), ...files }).withPricing()
    const model = await PlainModel.listen()
    const config = readConfig({ ...folder.env, PORT: '0', OPENAI_BASE_URL: model.url })
    const lines: string[] = []
    const earshot = await startEarshot(
      { ...config, twilio: { publicUrl: null, accountSid: null, authToken: AUTH_TOKEN } },
      { logTo: { write: (line) => void lines.push(line) }, ...(openCallLog && { openCallLog }) },
    )
    return new Here(earshot, model, folder, lines)
  }

  get webhookUrl(): string {
    return `${this.earshot.url}/twilio/voice`
  }

  get log(): LogLine[] {
    return this.#lines.map((line) => LogLine.parse(JSON.parse(line)))
  }

  /** A call that notices everything. */
  steady(): Promise<SteadyCall> {
    return SteadyCall.place(this.carrier, this.model, this.webhookUrl)
  }

  plain(options: Omit<PlainCallOptions, 'webhookUrl'> = {}): Promise<PlainCall> {
    return plainCall(this.carrier, this.model, { webhookUrl: this.webhookUrl, ...options })
  }

  /** The events of a call of the carrier's. */
  eventsOf(carrierCallId: string): CallEvent[] {
    const started = this.events.find(({ body }) => {
      return body.type === 'call-started' && body.carrierCallId === carrierCallId
    })
    return this.events.filter(({ callId }) => callId === started?.callId)
  }

  /** Why a call of the carrier's ended; undefined while it lives. */
  endOf(carrierCallId: string): string | undefined {
    const last = this.eventsOf(carrierCallId).at(-1)?.body
    return last?.type === 'call-ended' ? last.reason : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.carrier.close()
    await this.earshot.close()
    await this.model[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }
}
