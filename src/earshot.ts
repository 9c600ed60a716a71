/** The parts, joined: everything a server needs, built in order, listening, and taken down in the reverse order. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino, { type DestinationStream, type Logger } from 'pino'
import packageJson from '../package.json' with { type: 'json' }
import type { Agent } from './agents/agent.ts'
import { textOf } from './agents/effective.ts'
import type { LiveCall } from './bridge/bridge.ts'
import { createJournal, type Journal } from './bridge/journal.ts'
import { recoverCalls } from './bridge/recover.ts'
import { Spending } from './bridge/spending.ts'
import { Switchboard } from './bridge/switchboard.ts'
import type { CallStore } from './call-log/call-store.ts'
import { openCallLog, sqlitePath } from './call-log/open.ts'
import { repairRecordings } from './call-log/recording-repair.ts'
import { RecordingStore } from './call-log/recording-store.ts'
import { sweepDaily } from './call-log/retention.ts'
import type { AgentVersion } from './call-log/store.ts'
import type { BrowserCarrier } from './carriers/browser/browser.ts'
import type { Carrier } from './carriers/carrier.ts'
import { createCarriers } from './carriers/registry.ts'
import type { Config } from './config/config.ts'
import { LiveConfig } from './config-dir/live.ts'
import { allHandlers } from './console/all-handlers.ts'
import { type LiveHandlers, liveHandlers } from './console/live/handlers.ts'
import { DeskGate } from './console/sign-in/desk-gate.ts'
import { Desk } from './desk/desk.ts'
import { Hooks } from './hooks/hooks.ts'
import { Outbox } from './hooks/outbox.ts'
import { createProviders } from './providers/registry.ts'
import { createApp } from './server/app.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createSpans } from './telemetry/spans.ts'
import { sendSms } from './tools/builtin/send-sms.ts'
import { McpTools } from './tools/mcp/mcp-tools.ts'
import type { McpServerDefinition } from './tools/mcp/shape.ts'
import { HostGate } from './tools/network/host-gate.ts'
import { Outgoing } from './tools/network/outgoing.ts'
import { toolsFor } from './tools/registry.ts'
import type { ModelTwin } from './twin/model/server.ts'

const { version: VERSION } = packageJson

/** Two processes' worth of what one core carries; more than this would harm the calls that are there. */
const CALLS_MOST = 1000

export interface StartOptions {
  /** False only for local development: unsigned requests of this machine are served. Default true. */
  readonly verifyCarrier?: boolean
  /** Where the log goes; default standard output. */
  readonly logTo?: DestinationStream
  /** Default: what DATABASE_URL names, else the SQLite file of DATA_DIR. @throws Error with a sentence for the operator */
  readonly openCallLog?: (path: string) => Promise<CallStore>
}

/** Where `npm run build` puts the console. */
const CONSOLE_FOLDER = join(import.meta.dirname, '../dist/console')
/** The call is told of by the next look for calls that nobody was told of. */
const NOTHING = (): void => {}

/** A running server. */
export interface Earshot {
  readonly url: string
  readonly offline: boolean
  /** The host that the model's sessions are opened to. */
  readonly modelHost: string
  /** What a person should know of the carrier's side, as a sentence. */
  readonly carrierNote: string
  /** Agents, tools and prices as they are now. */
  readonly config: LiveConfig
  readonly dataDir: string
  readonly journal: Journal
  /** Calls as they are kept, and where everything else is kept. */
  readonly callLog: CallStore
  /** Who may come in. */
  readonly desk: Desk
  /** Where people open the console; no slash at its end. */
  readonly consoleUrl: string
  readonly recordings: RecordingStore
  readonly switchboard: Switchboard
  readonly carriers: readonly Carrier[]
  readonly log: Logger
  /** In offline mode, the stand-in that answers. */
  readonly modelTwin: ModelTwin | null
  /** What the console may do with live calls. */
  readonly liveHandlers: LiveHandlers
  readonly liveCalls: number
  /** Answers no more calls, lets live ones finish for `graceMs`, and lets everything go. */
  close(graceMs?: number): Promise<void>
}

/** What the operator can mend, as a sentence. */
class StartError extends Error {
  override readonly name = 'StartError'
}

/** @throws StartError when something that a person can mend is in the way */
export async function startEarshot(config: Config, options: StartOptions = {}): Promise<Earshot> {
  const undo: (() => Promise<void>)[] = []
  try {
    return await start(config, options, undo)
  } catch (error) {
    for (const step of undo.reverse()) await step()
    throw error
  }
}

async function start(config: Config, options: StartOptions, undo: (() => Promise<void>)[]): Promise<Earshot> {
  const log = createLog(config.logLevel, options.logTo)
  let spooledBytes = 0
  const reports = {
    onDamage: (detail: string) => log.error({ detail }, 'the call log is damaged'),
    onSpooled(bytes: number) {
      if (bytes > 0 && spooledBytes === 0) log.error({}, 'the database is away: events of calls wait on disk')
      if (bytes === 0 && spooledBytes > 0) log.info({}, 'the database is back: no event waits any more')
      spooledBytes = bytes
    },
    onRefused: (events: number) => log.error({ events }, 'the database refuses events that had waited for it'),
  }
  // The log's thread starts while the agents are read.
  const opening = openLog(config.dataDir, () =>
    options.openCallLog === undefined ? openCallLog(config, reports) : options.openCallLog(sqlitePath(config.dataDir)),
  )
  // Whoever waits for it below is told; until then nobody does, and that must not end the process without a sentence.
  opening.catch(() => {})
  undo.push(async () => (await opening.catch(() => null))?.close())
  const live = new LiveConfig({
    configDir: config.configDir,
    env: process.env,
    keep: async (agents) => (await opening).agentsRun(agents.map(asKept), Date.now()),
    log,
  })
  undo.push(() => live.close())
  await loadConfig(live)
  const callLog = await opening
  const interrupted = await recoverCalls(callLog, Date.now())
  if (interrupted.length > 0) log.warn({ calls: interrupted.length }, 'calls were cut off when the server last stopped')

  const journal = createJournal(callLog, {
    onTrouble: (code, detail) => log.error({ code, detail }, 'the call log is in trouble'),
  })
  undo.push(() => journal.close())

  const recordings = await openRecordings(config, log)
  undo.push(() => recordings.close())

  const modelTwin = config.openai === null ? await startOfflineModel(config.configDir) : null
  if (modelTwin !== null) undo.push(() => modelTwin.close())
  // With a key, which the stand-in does not ask for, sessions say whose they are: words typed for one call reach no other.
  const openai = config.openai ?? { apiKey: 'none-is-asked-for', baseUrl: modelTwin?.url ?? '' }
  const providers = createProviders({ openai })

  const outgoing = new Outgoing(() => live.current.network)
  undo.push(() => outgoing[Symbol.asyncDispose]())
  const { accountSid, authToken } = config.twilio
  const gate = new HostGate()
  const mcp = new McpTools({ outgoing, gate, env: process.env, log })
  undo.push(() => mcp[Symbol.asyncDispose]())
  live.subscribe((reload) => void (reload.type === 'taken' && mcp.use(mcpServersOf(live.current.agents))))
  const sources = {
    outgoing,
    gate,
    env: process.env,
    mcp,
    sendSms: accountSid === null || authToken === null ? null : sendSms({ accountSid, authToken }, outgoing),
  }

  const spending = new Spending({
    agentOf: (callId) => switchboard.find(callId)?.agent ?? null,
    onSpent: (callId, budget) => switchboard.find(callId)?.tell({ type: 'budget-spent', budget }),
    wallClock: () => Date.now(),
  })
  const stopCounting = journal.subscribe((event) => spending.take(event))
  undo.push(async () => stopCounting())
  await learnSpending(spending, live, callLog, log, undo)
  const switchboard: Switchboard = new Switchboard({
    spentOf: (agent, from) => spending.spentOf(agent, from),
    agents: () => live.current.agents,
    toolsOf: (agent) => toolsFor(agent, live.current.tools, sources),
    providerOf: (agent) => {
      const provider = providers.get(agent.model.provider)
      if (provider === undefined) throw new Error(`no provider ${agent.model.provider}`)
      return provider
    },
    priceOf: (model) => live.current.pricing.get(model) ?? null,
    recorderOf: (callId, agent, onFailed) => recordings.record(callId, agent.recording.store, onFailed),
    journal,
    log,
    now: () => performance.now(),
    wallClock: () => Date.now(),
    maxCalls: CALLS_MOST,
  })
  switchboard.expectBack(interrupted)
  // A server that is away is tried again and again, and calls are answered meanwhile.
  await mcp.use(mcpServersOf(live.current.agents))

  let stopping = false
  const verify = options.verifyCarrier ?? true
  const { all: carriers, browser } = createCarriers(
    { twilio: { ...config.twilio, verify } },
    { log, now: () => performance.now() },
  )
  const health = {
    notReady: () => {
      if (stopping) return 'the server is being stopped'
      // Calls that are here go on, but another server would keep an account of the next ones. The log says more.
      return journal.behind === null ? null : 'the call log cannot be written'
    },
    liveCalls: () => switchboard.liveCalls,
  }
  const isTool = (name: string, tool: string) => {
    const agent = live.current.agents.find((each) => each.name === name)
    return agent !== undefined && toolsFor(agent, live.current.tools, sources).has(tool)
  }
  const metrics = createMetrics({
    liveCalls: () => switchboard.liveCalls,
    waitingEvents: () => journal.waitingEvents,
    spooledBytes: () => spooledBytes,
    logIsBehind: () => journal.behind !== null,
    isTool,
    version: VERSION,
  })
  undo.push(async () => metrics.close())
  const spans = createSpans(isTool)
  const stopMeasuring = journal.subscribe((event) => {
    metrics.take(event)
    spans(event)
  })
  undo.push(async () => stopMeasuring())
  const isOurs = (number: string) => live.current.agents.some(({ numbers }) => numbers.includes(number))
  const watching = liveHandlers({
    calls: switchboard,
    subscribe: journal.subscribe,
    isOurs,
    isAgent: (name) => live.current.agents.some((agent) => agent.name === name),
    phones: browser,
    hears: modelTwin === null ? null : (call, words) => sayForTwin(modelTwin, browser, call, words),
  })
  undo.push(async () => watching.stop())
  const { publicUrl } = config.twilio
  const desk = new Desk(callLog.database, {
    oidc: config.oidc === null || publicUrl === null ? null : { settings: config.oidc, publicUrl },
    onTrouble: (sentence) => log.error({ detail: sentence }, 'the desk is in trouble'),
  })
  undo.push(() => desk.close())
  desk.keepSwept()
  const doorman = new DeskGate(desk, publicUrl)
  const handlers = allHandlers({
    desk,
    gate: doorman,
    log,
    publicUrl,
    calls: {
      archive: callLog,
      log: callLog,
      recordings,
      priceOf: (model) => live.current.pricing.get(model) ?? null,
      isOurs,
      now: Date.now,
    },
    agents: {
      config: live,
      archive: callLog,
      log: callLog,
      isOurs,
      liveCallsOf: (agent) => switchboard.callsOf(agent),
      health: { ...health, offline: modelTwin !== null, version: VERSION, startedAt: Date.now() },
      now: Date.now,
    },
    live: watching.handlers,
  })
  const app = await createApp({
    log,
    carriers,
    exchange: switchboard,
    health,
    metrics: { page: metrics.page, hasKey: async (request) => (await doorman.who(request)) !== null },
    console: { gate: doorman, log, handlers, pages: { folder: CONSOLE_FOLDER, version: VERSION } },
  })
  undo.push(() => app.close())
  await app.listen({ port: config.port, host: config.host }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new StartError(`Cannot listen on ${config.host}:${config.port}: ${why}. Set PORT or HOST.`, { cause: error })
  })

  const hooks = new Hooks({
    outbox: new Outbox(callLog.database),
    calls: callLog,
    outgoing,
    targetsNow: (name) => live.current.agents.find((agent) => agent.name === name)?.webhooks ?? [],
    env: process.env,
    log,
    now: Date.now,
  })
  undo.push(() => hooks.close())
  const stopTelling = journal.subscribe(({ callId, body }) => {
    // Told when the log has it, and not before: what a crash loses was told to nobody.
    if (body.type === 'call-ended') journal.durable(callId).then(() => hooks.ended(callId), NOTHING)
  })
  undo.push(async () => stopTelling())
  hooks.start()
  // Behind everything else: calls are answered while what a crash left is put in order.
  const repairing = repairRecordings(recordings, callLog, log)
  undo.push(() => repairing)
  const sweeping = sweepDaily({
    archive: callLog,
    recordings,
    keptFor: () => live.current.agents.map(({ name, retention }) => ({ agent: name, ...retention })),
    now: Date.now,
    onSwept: (swept) => log.info(swept, 'calls that were kept for as long as they may be have been taken away'),
    onTrouble: (detail) => log.error({ detail }, 'calls that should be taken away by now are still there'),
  })
  undo.push(() => sweeping.close())

  let closing: Promise<void> | null = null
  const url = urlOf(app.server.address(), config.host)
  return {
    url,
    desk,
    consoleUrl: publicUrl ?? url,
    offline: modelTwin !== null,
    modelHost: new URL(openai.baseUrl).host,
    carrierNote: carrierNote(config, verify),
    config: live,
    dataDir: config.dataDir,
    journal,
    callLog,
    recordings,
    switchboard,
    carriers,
    log,
    modelTwin,
    liveHandlers: watching.handlers,
    get liveCalls() {
      return switchboard.liveCalls
    },
    close(graceMs = 0) {
      stopping = true
      closing ??= (async () => {
        // Calls first: closing the server would cut their media sockets at once.
        await switchboard.drain(graceMs)
        for (const step of undo.reverse()) await step()
      })()
      return closing
    },
  }
}

async function openLog(dataDir: string, open: () => Promise<CallStore>): Promise<CallStore> {
  const refuse = (sentence: string) => (cause: unknown) => {
    throw new StartError(`${sentence}${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  await mkdir(dataDir, { recursive: true }).catch(refuse('DATA_DIR cannot be used: '))
  return open().catch(refuse(''))
}

async function openRecordings(config: Config, log: Logger): Promise<RecordingStore> {
  const { dataDir, recordingsS3 } = config
  // The client of the store is loaded only where there is one.
  const bucket =
    recordingsS3 === null ? null : (await import('./call-log/recording-bucket.ts')).openBucket(recordingsS3)
  return RecordingStore.open({ dataDir, bucket, log }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(`DATA_DIR cannot keep recordings: ${why}`, { cause })
  })
}

/** One JSON object a line. Numbers and words of callers are never fields at info; what could carry a secret is cut. */
function createLog(level: string, destination: DestinationStream | undefined): Logger {
  const options = { level, base: null, redact: ['*.authToken', '*.apiKey', 'req.headers'] }
  return destination === undefined ? pino(options) : pino(options, destination)
}

async function loadConfig(live: LiveConfig): Promise<void> {
  const loaded = await live.reload()
  if (loaded.type !== 'refused') return
  const mistakes = loaded.problems.map(({ text }) => `  ${text}`).join('\n')
  throw new StartError(`${live.configDir} has mistakes:\n${mistakes}`)
}

/** Other servers may write to the same store, and agents may be given budgets while the server runs. */
const LEARN_EVERY_MS = 30_000

/** @throws Error when the store cannot say what today's calls have cost: budgets would be given out anew at each start */
async function learnSpending(
  spending: Spending,
  live: LiveConfig,
  callLog: CallStore,
  log: Logger,
  undo: (() => Promise<void>)[],
): Promise<void> {
  const learn = () => spending.learn(live.current.agents, (since) => callLog.spentSince(since))
  await learn()
  const again = setInterval(() => {
    learn().catch((error: unknown) => log.warn({ err: error }, 'what today’s calls have cost could not be read'))
  }, LEARN_EVERY_MS).unref()
  undo.push(async () => clearInterval(again))
}

/** All MCP servers that agents name. */
function mcpServersOf(agents: readonly Agent[]): readonly McpServerDefinition[] {
  return agents.flatMap(({ tools }) =>
    tools.flatMap((tool) => (typeof tool === 'object' && 'mcp' in tool ? [tool.mcp] : [])),
  )
}

function asKept(agent: Agent): AgentVersion {
  return { name: agent.name, version: agent.version, text: textOf(agent) }
}

/** Scripts of `config/twin` say what the stand-in answers for an agent; without one it still answers. */
async function startOfflineModel(configDir: string): Promise<ModelTwin> {
  const folder = join(configDir, 'twin')
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.yaml')).sort()
  const scripts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  // Only offline: its voices and its turn detection are no part of a server that has a model.
  const { startModelTwin } = await import('./twin/model/server.ts')
  return startModelTwin({ scripts })
}

/** Types for a caller: the stand-in is told the words, and hears a voice say them unless the caller speaks for themselves. */
async function sayForTwin(twin: ModelTwin, phones: BrowserCarrier, call: LiveCall, words: string): Promise<void> {
  const { textToMulaw } = await import('./twin/carrier/caller-audio.ts')
  const audio = await textToMulaw(words, 'rms')
  twin.hearsFrom(call.callerPseudonym, words)
  phones.say(call.state.setup.callId, audio)
}

function urlOf(address: ReturnType<import('node:net').Server['address']>, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}

function carrierNote(config: Config, verify: boolean): string {
  if (!verify) return '  Twilio: LOCAL DEVELOPMENT, unsigned requests of this machine are served'
  if (config.twilio.authToken === null)
    return '  Twilio: off, because TWILIO_AUTH_TOKEN is not set; no phone call is answered'
  return `  Twilio: POST ${config.twilio.publicUrl}/twilio/voice is where the number's webhook must point`
}
