/** A server in a process of its own between a plain model and whoever means it harm, and what it holds when all is quiet. */
import { expect } from 'vitest'
import { type Counters, Folder, freePort, ServerChild } from '../process/server-child.ts'
import { PlainModel } from './plain-model.ts'

export const AUTH_TOKEN = 'a-secret-that-no-log-may-hold'
/** Speaks when the model does, in the carrier's own format, so that no frame is changed on its way. */
export const STEADY_AGENT = 'instructions: Talk on.\nnumbers: ["*"]\naudio: { wire: g711 }\n'

export interface PlaceOptions {
  /** Beside the agent, by their paths. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

export class HostilePlace implements AsyncDisposable {
  readonly model: PlainModel
  readonly server: ServerChild
  readonly publicUrl: string
  readonly #folder: Folder

  private constructor(model: PlainModel, server: ServerChild, publicUrl: string, folder: Folder) {
    this.model = model
    this.server = server
    this.publicUrl = publicUrl
    this.#folder = folder
  }

  static async open({ files = {}, env = {} }: PlaceOptions = {}): Promise<HostilePlace> {
    const folder = new Folder({ 'config/agents/steady.yaml': STEADY_AGENT, ...files }).withPricing()
    const model = await PlainModel.listen()
    const port = await freePort()
    const publicUrl = `http://127.0.0.1:${port}`
    const server = await ServerChild.ready({
      program: ['test/process/counting-server.ts'],
      flags: ['--expose-gc'],
      env: {
        ...folder.env,
        PORT: String(port),
        PUBLIC_URL: publicUrl,
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
        OPENAI_BASE_URL: model.url,
        ...env,
      },
    })
    return new HostilePlace(model, server, publicUrl, folder)
  }

  get webhookUrl(): string {
    return `${this.publicUrl}/twilio/voice`
  }

  get mediaUrl(): string {
    return `${this.publicUrl.replace('http', 'ws')}/twilio/media`
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
    await this.server.kill()
    await this.model[Symbol.asyncDispose]()
    this.#folder[Symbol.dispose]()
  }
}
