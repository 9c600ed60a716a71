/** The MCP servers that the agents of the moment name: connected once each, whoever names them, and let go when nobody does. */

import type { JsonSchemaType, Tool as ListedTool } from '@modelcontextprotocol/client'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv'
import { z } from 'zod'
import { fill, parseTemplate } from '../http/template.ts'
import type { HostGate } from '../network/host-gate.ts'
import type { Outgoing } from '../network/outgoing.ts'
import type { Tool } from '../tool.ts'
import { type ConnectionParts, McpConnection } from './connection.ts'
import type { McpArguments } from './mcp-arguments.ts'
import { mcpTool } from './mcp-tool.ts'
import type { McpServerDefinition } from './shape.ts'

export interface ServersParts {
  readonly outgoing: Outgoing
  readonly gate: HostGate
  /** The environment, for `${NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
  }
  readonly pauses?: ConnectionParts['pauses']
}

/** A tool costs the model its schema at every answer. */
const SCHEMA_MOST_BYTES = 16 * 1024

/** The list has been read already; which words of JSON Schema are known, the validator says. */
const Schema = z.custom<JsonSchemaType>((value) => typeof value === 'object' && value !== null)

interface Made {
  readonly listed: readonly ListedTool[]
  readonly tools: readonly Tool[]
}

export class McpServers implements AsyncDisposable {
  readonly #parts: ServersParts
  readonly #connections = new Map<string, McpConnection>()
  readonly #away = new Set<string>()
  readonly #validators = new AjvJsonSchemaValidator()
  #named: readonly McpServerDefinition[] = []
  /** Tools are made once for a list of the server and a definition, which is frozen and belongs to an agent as it was loaded. */
  #made = new WeakMap<McpServerDefinition, Made>()

  constructor(parts: ServersParts) {
    this.#parts = parts
  }

  /** From now on these are named. @returns when each has been tried once */
  async use(definitions: readonly McpServerDefinition[]): Promise<void> {
    this.#named = definitions
    const wanted = new Map(definitions.map((each) => [keyOf(each), each]))
    for (const [key, connection] of this.#connections) {
      if (wanted.has(key)) continue
      this.#connections.delete(key)
      void connection[Symbol.asyncDispose]()
    }
    const tried = [...wanted].map(([key, definition]) => {
      const known = this.#connections.get(key)
      if (known !== undefined) return known.tools === null ? undefined : this.#report(key, known.tools)
      const connection = this.#connection(key, definition)
      this.#connections.set(key, connection)
      return connection.connect()
    })
    await Promise.all(tried)
  }

  /** What a call that begins now is given of a server: nothing while it is away. */
  toolsOf(definition: McpServerDefinition): readonly Tool[] {
    const connection = this.#connections.get(keyOf(definition))
    const listed = connection?.tools ?? null
    if (connection === undefined || listed === null) return []
    const known = this.#made.get(definition)
    if (known?.listed === listed) return known.tools
    const tools = definition.allow.flatMap((name) => {
      const tool = listed.find((each) => each.name === name)
      return tool === undefined ? [] : this.#tool(definition, tool, connection)
    })
    this.#made.set(definition, { listed, tools })
    return tools
  }

  /** Hosts that cannot be used at the moment. */
  get away(): readonly string[] {
    return [...this.#away]
  }

  #tool(definition: McpServerDefinition, listed: ListedTool, connection: McpConnection): Tool[] {
    const refuse = (why: string): Tool[] => {
      this.#parts.log.warn(
        { server: connection.host, tool: listed.name, why },
        'a tool of an MCP server cannot be used',
      )
      return []
    }
    if (JSON.stringify(listed.inputSchema).length > SCHEMA_MOST_BYTES) return refuse('its schema is too long')
    try {
      const validate = this.#validators.getValidator<McpArguments>(Schema.parse(listed.inputSchema))
      return [mcpTool(definition, listed, validate, connection, this.#parts.gate)]
    } catch {
      return refuse('its schema cannot be understood')
    }
  }

  #connection(key: string, { url, auth, headers }: McpServerDefinition): McpConnection {
    const { outgoing, log, pauses } = this.#parts
    const server = new URL(url).host
    return new McpConnection({
      url: new URL(url),
      headers: () => this.#filled({ ...headers, ...(auth === undefined ? {} : { authorization: `Bearer ${auth}` }) }),
      outgoing,
      ...(pauses === undefined ? {} : { pauses }),
      onListed: (tools) => {
        this.#away.delete(server)
        log.info({ server, tools: tools.length }, 'an MCP server has told its tools')
        this.#report(key, tools)
      },
      onAway: (code) => {
        this.#away.add(server)
        log.warn({ server, code }, 'an MCP server cannot be used: its tools are missing until it is back')
      },
    })
  }

  #report(key: string, tools: readonly ListedTool[]): void {
    const asked = this.#named.filter((each) => keyOf(each) === key).flatMap(({ allow }) => allow)
    const missing = [...new Set(asked)].filter((name) => !tools.some((tool) => tool.name === name))
    if (missing.length === 0) return
    const server = this.#connections.get(key)?.host
    this.#parts.log.warn({ server, missing }, 'an MCP server does not have tools that an agent names under allow')
  }

  #filled(headers: Readonly<Record<string, string>>): Record<string, string> {
    const values = {
      args: {},
      call: { id: '', from: '', to: '', agent: '' },
      secret: (name: string) => (this.#parts.env[name] ?? '').trim(),
    }
    const filled = Object.entries(headers).map(([name, text]) => {
      return [name, fill(parseTemplate(text), values, (value) => value) ?? ''] as const
    })
    return Object.fromEntries(filled)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#connections.values()]
    this.#connections.clear()
    await Promise.all(all.map((connection) => connection[Symbol.asyncDispose]()))
  }
}

/** Whoever asks the same server as the same client shares a connection. */
function keyOf({ url, auth, headers }: McpServerDefinition): string {
  return JSON.stringify([url, auth, headers])
}
