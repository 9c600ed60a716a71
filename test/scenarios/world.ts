/**
 * A world for scenarios: the real server between its two stand-ins, in one process and on real sockets, with agents and
 * tools of a folder that goes away with it. Nothing here sleeps: whoever waits looks again whenever something happens.
 */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { CallEvent } from '../../src/call/events.ts'
import { readConfig } from '../../src/config/config.ts'
import { type Earshot, startEarshot } from '../../src/earshot.ts'
import type { ToolContext } from '../../src/tools/tool.ts'
import type { CallOptions } from '../../src/twin/carrier/call.ts'
import { type CarrierTwin, createCarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import { type ModelTwin, startModelTwin } from '../../src/twin/model/server.ts'
import type { ModelTwinOptions } from '../../src/twin/model/twin-options.ts'
import { Waiters } from '../../src/twin/model/waiters.ts'
import { Caller } from './caller.ts'

export type Wire = 'g711' | 'pcm16'

export interface ScenarioAgent {
  /** Default g711. */
  readonly wire?: Wire
  /** Default {@link GREETING}; null: the caller speaks first. */
  readonly greeting?: string | null
  /** Names of the world's tools and of built-in ones, or tools as YAML on one line; `end_call` is always among them. */
  readonly tools?: readonly string[]
  /** YAML lines beside or in place of the usual ones. */
  readonly yaml?: string
  /** What the model says and calls (src/twin/model/script.ts), in YAML. */
  readonly script?: string
}

/** A tool whose handler is the test's own; the file that stands for it imports `earshot` and `zod` as any handler does. */
export interface ScenarioTool {
  /** zod, as it would be written in the file; default: no arguments. */
  readonly parameters?: string
  readonly timeoutMs?: number
  readonly readOnly?: boolean
  readonly handler: (args: Readonly<Record<string, unknown>>, context: ToolContext) => unknown
}

interface WorldOptions {
  readonly agents: Readonly<Record<string, ScenarioAgent>>
  readonly tools?: Readonly<Record<string, ScenarioTool>>
  readonly model?: Omit<ModelTwinOptions, 'scripts'>
  /** Hosts of this machine that tools may reach; default none. */
  readonly allowHosts?: readonly string[]
  /** Default info. */
  readonly logLevel?: string
}

interface Placing extends Partial<CallOptions> {
  /** Whom to call; default: the world's first agent. */
  readonly agent?: string
  /** Whether to wait for the call's session; default true. */
  readonly session?: boolean
}

export const GREETING = 'Hello there.'
const PRICING = new URL('../../config/pricing.yaml', import.meta.url)
const SILENCE = Buffer.alloc(160, 0xff).toString('base64')
/** A wait that takes longer has failed. Far beyond what any of them takes, because the machine may be busy. */
const WAIT_MOST_MS = 60_000

export class World implements AsyncDisposable {
  readonly earshot: Earshot
  readonly model: ModelTwin
  readonly carrier: CarrierTwin
  /** Every event of every call, as the journal was given it. */
  readonly events: CallEvent[] = []
  /** When each of them was told, on the clock of `performance.now()`. */
  readonly toldAt = new Map<CallEvent, number>()
  readonly callers: Caller[] = []
  /** The server's log, line by line. */
  readonly logged: readonly string[]
  readonly #agents: readonly string[]
  readonly #folder: string
  readonly #waiters = new Waiters()
  #placing: Promise<unknown> = Promise.resolve()

  constructor(
    parts: { earshot: Earshot; model: ModelTwin; carrier: CarrierTwin },
    agents: readonly string[],
    folder: string,
    logged: readonly string[],
  ) {
    this.earshot = parts.earshot
    this.model = parts.model
    this.carrier = parts.carrier
    this.#agents = agents
    this.#folder = folder
    this.logged = logged
    parts.earshot.journal.subscribe((event) => {
      this.events.push(event)
      this.toldAt.set(event, performance.now())
      this.changed()
    })
    // A look that never sees what it wants is told of everything that happens in the model.
    const always = () => {
      this.changed()
      return false
    }
    parts.model.waitFor(always, 'the end of the model', 2 ** 31 - 1).catch(() => {})
  }

  /** Something happened that somebody may be waiting for. */
  changed(): void {
    this.#waiters.changed()
  }

  /** Waits until something can be seen. @throws Error that says what was not seen, and what happened last */
  async until<Seen>(look: () => Seen | undefined | null | false, what: string): Promise<Seen> {
    try {
      return await this.#waiters.wait(look, what, WAIT_MOST_MS)
    } catch (cause) {
      const last = this.events.slice(-15).map(({ atMs, body }) => `${Math.round(atMs)} ${JSON.stringify(body)}`)
      throw new Error([cause instanceof Error ? cause.message : String(cause), ...last].join('\n'), { cause })
    }
  }

  /** Places a call. One after the other, so that it is known which session belongs to which call. */
  place(options: Placing = {}): Promise<Caller> {
    const placed = this.#placing.then(() => this.#place(options))
    this.#placing = placed.catch(() => {})
    return placed
  }

  async #place({ agent = this.#agents[0] ?? '', session = true, ...options }: Placing): Promise<Caller> {
    const before = this.model.sessions.length
    const mouth = { framesSent: 0 }
    const call = await this.carrier.placeCall({
      webhookUrl: `${this.earshot.url}/twilio/voice`,
      from: `+1555777${String(1000 + this.callers.length)}`,
      to: numberOf(this.#agents.indexOf(agent)),
      frames: (chunk) => {
        mouth.framesSent = chunk
        return SILENCE
      },
      ...options,
      onEvent: (event) => {
        options.onEvent?.(event)
        this.changed()
      },
    })
    const opened = session ? await this.until(() => this.model.sessions[before], 'the session of a call') : null
    const caller = new Caller(this, call, mouth, opened)
    this.callers.push(caller)
    return caller
  }

  /** Streams that the server holds open. */
  get openStreams(): number {
    return this.earshot.carriers.reduce((sum, carrier) => {
      return sum + ('openStreams' in carrier && typeof carrier.openStreams === 'number' ? carrier.openStreams : 0)
    }, 0)
  }

  /** All calls are over, nothing of them is left anywhere, and the log says nothing of what was said or by whom. */
  async expectNothingLeft(): Promise<void> {
    const left = () => ({
      telephones: this.carrier.calls.size,
      calls: this.earshot.switchboard.liveCalls,
      streams: this.openStreams,
      sessions: this.model.sessions.filter((session) => session.closed === null).length,
    })
    const nothing = () => expect(left()).toEqual({ telephones: 0, calls: 0, streams: 0, sessions: 0 })
    await vi.waitFor(nothing, { timeout: WAIT_MOST_MS, interval: 10 })
    const logged = this.logged.join('')
    for (const secret of this.#secrets()) expect(logged).not.toContain(secret)
  }

  /** As {@link expectNothingLeft}, and the model had nothing to complain about. */
  async expectClean(): Promise<void> {
    await this.expectNothingLeft()
    expect(this.model.sessions.flatMap((session) => session.errors)).toEqual([])
  }

  /** Numbers and words of callers and agents, and what tools were given and gave. */
  #secrets(): Set<string> {
    const secrets = this.events.flatMap(({ body }) => {
      if (body.type === 'call-started') return [body.from]
      if (body.type === 'caller-said') return [body.text]
      if (body.type === 'agent-said') return [body.heardText, body.unheardText]
      if (body.type === 'tool-reserved') return [body.arguments]
      return body.type === 'tool-finished' ? [body.output] : []
    })
    return new Set(secrets.filter((secret) => secret.length > 4).map((secret) => JSON.stringify(secret).slice(1, -1)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiters.close()
    await this.carrier.close()
    await this.earshot.close()
    await this.model.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

let worlds = 0

export async function openWorld(options: WorldOptions): Promise<World> {
  const id = `world-${++worlds}`
  const folder = await mkdtemp(join(tmpdir(), 'earshot-scenario-'))
  const configDir = join(folder, 'config')
  await mkdir(join(configDir, 'agents'), { recursive: true })
  await mkdir(join(configDir, 'tools'))
  await copyFile(PRICING, join(configDir, 'pricing.yaml'))
  await writeFile(join(configDir, 'network.yaml'), JSON.stringify({ allowHosts: options.allowHosts ?? [] }))
  const agents = Object.entries(options.agents)
  for (const [at, [name, agent]] of agents.entries()) {
    await writeFile(join(configDir, 'agents', `${name}.yaml`), agentFile(name, numberOf(at), agent))
  }
  for (const [name, tool] of Object.entries(options.tools ?? {})) {
    handlers.set(`${id}/${name}`, tool.handler)
    await writeFile(join(configDir, 'tools', `${name}.ts`), toolFile(id, name, tool))
  }

  const scripts = agents.map(([name, { script = '' }]) => `match: scenario ${name}.\n${script}`)
  const model = await startModelTwin({ ...options.model, scripts })
  const authToken = randomBytes(16).toString('hex')
  const logged: string[] = []
  const config = readConfig({ PORT: '0', CONFIG_DIR: configDir, DATA_DIR: join(folder, 'data') })
  const earshot = await startEarshot(
    {
      ...config,
      logLevel: options.logLevel ?? 'info',
      openai: { apiKey: 'sk-of-the-scenario', baseUrl: model.url },
      twilio: { publicUrl: null, accountSid: null, authToken },
    },
    { logTo: { write: (line) => void logged.push(line) } },
  )
  const names = agents.map(([name]) => name)
  return new World({ earshot, model, carrier: createCarrierTwin({ authToken }) }, names, folder, logged)
}

function numberOf(agent: number): string {
  return `+155501${String(10 + agent)}`
}

function agentFile(name: string, number: string, agent: ScenarioAgent): string {
  const { wire = 'g711', greeting = GREETING, tools = [], yaml = '' } = agent
  const lines = [`instructions: You answer the telephone in scenario ${name}.`, `audio: { wire: ${wire} }`]
  if (greeting !== null) lines.push(`greeting: ${greeting}`)
  if (!/^turn:/m.test(yaml)) lines.push('turn: { detection: server_vad, silenceDurationMs: 300 }')
  return [...lines, `numbers: ["${number}"]`, `tools: [${['end_call', ...tools].join(', ')}]`, yaml].join('\n')
}

/** Where the files of tools find the handlers of their test: both live in this process. */
const HANDLERS = Symbol.for('earshot.scenario.handlers')
const handlers = new Map<string, ScenarioTool['handler']>()
Reflect.set(globalThis, HANDLERS, handlers)

function toolFile(
  world: string,
  name: string,
  { parameters = 'z.object({})', timeoutMs, readOnly = false }: ScenarioTool,
): string {
  return `import { defineTool } from 'earshot'
import { z } from 'zod'

export default defineTool({
  name: '${name}',
  description: 'Does what the scenario says.',
  parameters: ${parameters},
  ${timeoutMs === undefined ? '' : `timeoutMs: ${timeoutMs},`}
  readOnly: ${readOnly},
  handler: (args, context) =>
    Reflect.get(globalThis, Symbol.for('earshot.scenario.handlers')).get('${world}/${name}')(args, context),
})
`
}
