/** Tools of MCP servers, for whoever starts calls. The client library is loaded when the first agent names a server, not before. */
import type { Tool } from '../tool.ts'
import type { McpServers, ServersParts } from './servers.ts'
import type { McpServerDefinition } from './shape.ts'

/** At the start and after a change nobody waits longer for servers that are slow or away. */
const TRIED_WITHIN_MS = 2_000

export class McpTools implements AsyncDisposable {
  readonly #parts: ServersParts
  #loading: Promise<McpServers> | null = null
  #servers: McpServers | null = null
  #closed = false

  constructor(parts: ServersParts) {
    this.#parts = parts
  }

  /** From now on the agents name these servers. Resolves when each has been tried, or soon all the same. */
  async use(definitions: readonly McpServerDefinition[]): Promise<void> {
    if (this.#loading === null && definitions.length === 0) return
    this.#loading ??= import('./servers.ts').then(({ McpServers }) => new McpServers(this.#parts))
    this.#servers = await this.#loading
    if (this.#closed) return
    const soon = Promise.withResolvers<void>()
    const timer = setTimeout(soon.resolve, TRIED_WITHIN_MS)
    await Promise.race([this.#servers.use(definitions), soon.promise])
    clearTimeout(timer)
  }

  toolsOf(definition: McpServerDefinition): readonly Tool[] {
    return this.#servers?.toolsOf(definition) ?? []
  }

  /** Hosts that cannot be used at the moment. */
  get away(): readonly string[] {
    return this.#servers?.away ?? []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#servers?.[Symbol.asyncDispose]()
  }
}
