/** A server in a process of its own, a plain model that it opens sessions to, a carrier that calls it, and a folder that goes away. */
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { type CarrierTwin, createCarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import { type PlainCall, type PlainCallOptions, plainCall } from '../hostile/plain-call.ts'
import { PlainModel } from '../hostile/plain-model.ts'
import { SteadyCall } from '../hostile/steady-call.ts'
import { type Counters, Folder, freePort, ServerChild } from './server-child.ts'

export const AUTH_TOKEN = 'a-secret-that-no-log-may-hold'

const COUNTING = fileURLToPath(new URL('./counting-server.ts', import.meta.url))

/** Speaks when the model does, in the carrier's own format, so that no frame is changed on its way. */
export function steadyAgent(tools: readonly string[] = []): string {
  return `instructions: Talk on.\nnumbers: ["*"]\naudio: { wire: g711 }\ntools: [${tools.join(', ')}]\n`
}

export interface PlaceOptions {
  /** Files of the configuration beside the agent, or in its place, by their paths. */
  readonly files?: Readonly<Record<string, string>>
  /** What is served: `earshot serve` with these arguments, or a server that counts what it holds. Default: the former. */
  readonly serve?: readonly string[] | 'counting'
}

export class Place implements AsyncDisposable {
  readonly model: PlainModel
  readonly carrier: CarrierTwin = createCarrierTwin({ authToken: AUTH_TOKEN })
  readonly folder: Folder
  server: ServerChild
  readonly #env: Readonly<Record<string, string>>
  readonly #serve: readonly string[] | 'counting'

  private constructor(model: PlainModel, folder: Folder, env: Record<string, string>, options: PlaceOptions) {
    this.model = model
    this.folder = folder
    this.#env = env
    this.#serve = options.serve ?? []
    this.server = this.#start()
  }

  static async open(options: PlaceOptions = {}): Promise<Place> {
    const folder = new Folder({ 'config/agents/steady.yaml': steadyAgent(), ...options.files }).withPricing()
    const model = await PlainModel.listen()
    const port = String(await freePort())
    const env = {
      ...folder.env,
      PORT: port,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      OPENAI_BASE_URL: model.url,
    }
    const place = new Place(model, folder, env, options)
    await place.server.ready()
    return place
  }

  get webhookUrl(): string {
    return `${this.#env.PUBLIC_URL}/twilio/voice`
  }

  get mediaUrl(): string {
    return `${this.#env.PUBLIC_URL?.replace('http', 'ws')}/twilio/media`
  }

  /** Starts the server anew, on the same folder and port, when it has ended. */
  async restart(): Promise<void> {
    await this.server.exited
    this.server = this.#start()
    await this.server.ready()
  }

  /** A call that notices everything. */
  steady(): Promise<SteadyCall> {
    return SteadyCall.place(this.carrier, this.model, this.webhookUrl)
  }

  plain(options: Omit<PlainCallOptions, 'webhookUrl'> = {}): Promise<PlainCall> {
    return plainCall(this.carrier, this.model, { webhookUrl: this.webhookUrl, ...options })
  }

  /** What the server holds once everything that is closing has closed: no call, no socket, no timer. */
  async idle(): Promise<Counters> {
    const held = async () => {
      const { resources, heapMb: _, ...counts } = await this.server.counters()
      return { ...counts, sockets: resources.TCPSocketWrap ?? 0, timers: resources.Timeout ?? 0 }
    }
    const nothing = { liveCalls: 0, openStreams: 0, unusedTokens: 0, callsInJournal: 0, decisionsKept: 0 }
    await expect.poll(held, { timeout: 20_000, interval: 50 }).toEqual({ ...nothing, sockets: 0, timers: 0 })
    return this.server.counters(true)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.carrier.close()
    await this.server.kill()
    await this.model[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }

  #start(): ServerChild {
    if (this.#serve !== 'counting')
      return new ServerChild({ program: ['src/main.ts', 'serve', ...this.#serve], env: this.#env })
    return new ServerChild({ program: [COUNTING], flags: ['--expose-gc'], env: this.#env })
  }
}
