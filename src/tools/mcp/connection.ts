/**
 * One MCP server over streamable HTTP: connected, its tools listed, and both again whenever it went away. Calls meanwhile
 * fail at once and say that nothing was done. Source: modelcontextprotocol.io/specification, "Transports" and "Tools".
 */
import type { Client, Tool as ListedTool } from '@modelcontextprotocol/client'
import { guardedFetch } from '../network/guarded-fetch.ts'
import type { Outgoing } from '../network/outgoing.ts'
import { failureOf, isSessionGone } from './failures.ts'
import type { McpAnswer, McpCaller, McpCalling } from './mcp-tool.ts'

export interface ConnectionParts {
  readonly url: URL
  /** With secrets filled in; read at each connect. */
  readonly headers: () => Readonly<Record<string, string>>
  readonly outgoing: Outgoing
  /** The server's tools are known, or known anew. */
  readonly onListed: (tools: readonly ListedTool[]) => void
  /** It cannot be used; told once, until it is back. `code` may be logged. */
  readonly onAway: (code: string) => void
  readonly pauses?: Partial<Pauses>
}

interface Pauses {
  /** Before the first try to reach it again; doubled before each one after. */
  readonly firstMs: number
  readonly longestMs: number
  /** From one look at its list to the next. */
  readonly lookMs: number
}

const PAUSES: Pauses = { firstMs: 1000, longestMs: 60_000, lookMs: 60_000 }
/** For each of the handshake's messages, and for the list. */
const ANSWER_WITHIN_MS = 5_000
/** Far more than any model should read; what is longer is an error of that answer. */
const ANSWER_MOST_BYTES = 4 * 1024 * 1024
const VERSION = '1'

export class McpConnection implements McpCaller, AsyncDisposable {
  readonly host: string
  readonly #parts: ConnectionParts
  readonly #pauses: Pauses
  #client: Client | null = null
  #tools: readonly ListedTool[] | null = null
  #connecting: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #failures = 0
  #closed = false

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.#pauses = { ...PAUSES, ...parts.pauses }
    this.host = parts.url.host
  }

  /** Null while it is away. */
  get tools(): readonly ListedTool[] | null {
    return this.#tools
  }

  /** Tries to be connected; resolves when that has come to something, whatever it is. */
  connect(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null
    })
    return this.#connecting
  }

  async call(calling: McpCalling): Promise<McpAnswer> {
    if (this.#client === null) return { type: 'failed', sent: false, code: 'AWAY' }
    const first = await this.#callOnce(this.#client, calling)
    if (first.type !== 'session-gone') return first
    // The server has forgotten us, as after its restart, and has not looked at what was asked.
    this.#client = null
    await this.connect()
    if (this.#client === null || calling.signal.aborted) return { type: 'failed', sent: false, code: 'AWAY' }
    const second = await this.#callOnce(this.#client, calling)
    return second.type === 'session-gone' ? { type: 'failed', sent: false, code: 'SESSION' } : second
  }

  async #callOnce(client: Client, calling: McpCalling): Promise<McpAnswer | { readonly type: 'session-gone' }> {
    const listed = this.#tools?.find((tool) => tool.name === calling.name)
    const { outputSchema: _, ...toolDefinition } = listed ?? { name: calling.name, inputSchema: { type: 'object' } }
    try {
      const params = { name: calling.name, arguments: calling.arguments, _meta: { ...calling.meta } }
      // Held to its output schema here, a result that does not fit would look like a call that was refused.
      const result = await client.callTool(params, { signal: calling.signal, toolDefinition, timeout: 120_000 })
      return { type: 'result', result }
    } catch (error) {
      if (isSessionGone(error, client)) return { type: 'session-gone' }
      const failure = failureOf(error, calling.signal)
      if (failure.type === 'failed' && client === this.#client) this.#look(0)
      return failure
    }
  }

  async #connect(): Promise<void> {
    this.#stopTimer()
    await this.#letGo()
    const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
    const { url, headers, outgoing, onListed } = this.#parts
    const client = new Client(
      { name: 'earshot', version: VERSION },
      {
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: ANSWER_WITHIN_MS } },
        // Nobody is there to be asked in the middle of a call.
        inputRequired: { autoFulfill: false },
        listChanged: { tools: { onChanged: () => this.#look(0) } },
      },
    )
    // Whatever breaks is met again by the next call or look.
    client.onerror = () => {}
    try {
      const transport = new StreamableHTTPClientTransport(url, {
        fetch: guardedFetch(outgoing, ANSWER_MOST_BYTES),
        requestInit: { headers: { ...headers() } },
      })
      await client.connect(transport, { timeout: ANSWER_WITHIN_MS })
      const { tools } = await client.listTools(undefined, { timeout: ANSWER_WITHIN_MS, cacheMode: 'refresh' })
      if (this.#closed) return void (await client.close())
      this.#client = client
      this.#failures = 0
      this.#tools = tools
      onListed(tools)
      this.#look(this.#pauses.lookMs)
    } catch (error) {
      await client.close().catch(() => {})
      this.#away(error)
    }
  }

  /** Looks whether it is there and what it has, then and from then on. */
  #look(afterMs: number): void {
    this.#stopTimer()
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#lookNow(), afterMs).unref()
  }

  async #lookNow(): Promise<void> {
    const client = this.#client
    if (client === null) return
    try {
      const { tools } = await client.listTools(undefined, { timeout: ANSWER_WITHIN_MS, cacheMode: 'refresh' })
      if (client !== this.#client) return
      if (JSON.stringify(tools) !== JSON.stringify(this.#tools)) {
        this.#tools = tools
        this.#parts.onListed(tools)
      }
      this.#look(this.#pauses.lookMs)
    } catch {
      // A server that was restarted knows nothing of us: what a new handshake comes to, counts.
      if (client === this.#client) await this.connect()
    }
  }

  #away(error: unknown): void {
    if (this.#closed) return
    if (this.#failures === 0) this.#parts.onAway(codeIn(error))
    this.#tools = null
    const pauseMs = Math.min(this.#pauses.firstMs * 2 ** this.#failures, this.#pauses.longestMs)
    this.#failures += 1
    this.#stopTimer()
    this.#timer = setTimeout(() => void this.connect(), pauseMs).unref()
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  async #letGo(): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.close().catch(() => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#stopTimer()
    await this.#letGo()
  }
}

function codeIn(error: unknown): string {
  const failure = failureOf(error, new AbortController().signal)
  return failure.type === 'result' ? 'UNKNOWN' : failure.code
}
