/**
 * What CONFIG_DIR holds while the server runs. A change is taken whole when all of it is well; otherwise it is refused and
 * reported, and what was there before goes on answering. Calls keep what they began with.
 */
import { join } from 'node:path'
import type { Agent } from '../agents/agent.ts'
import type { Problem } from '../agents/problem.ts'
import { PUBLIC_ONLY } from '../tools/network/rules.ts'
import { type ConfigContent, type LoadedConfigDir, loadConfigDir } from './load.ts'
import { FolderWatch, realTimer, type SetTimer } from './watch.ts'

export interface LiveConfigOptions {
  readonly configDir: string
  /** Where the secrets are that agents name. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes down which agents answer from now on, before they do. */
  readonly keep: (agents: readonly Agent[]) => Promise<void>
  readonly log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  readonly setTimer?: SetTimer
}

/** What came of a look at the files. */
export type Reload =
  | { readonly type: 'taken'; readonly agents: readonly string[]; readonly tools: readonly string[] }
  | { readonly type: 'same' }
  | { readonly type: 'refused'; readonly problems: readonly Problem[] }

/** From a failed attempt to write down which agents answer to the next. */
const KEEP_AGAIN_MS = 10_000
/** Bases that are named by bases that are named … each look may find one more folder. */
const LOOKS_MOST = 5

export class LiveConfig implements AsyncDisposable {
  readonly configDir: string
  readonly #options: LiveConfigOptions
  readonly #watch: FolderWatch
  readonly #setTimer: SetTimer
  readonly #listeners = new Set<(reload: Reload) => void>()
  #current: ConfigContent
  #folders: readonly string[]
  #warnings: readonly Problem[] = []
  #refused: readonly Problem[] = []
  #looking: Promise<unknown> = Promise.resolve()
  #cancelKeep: (() => void) | null = null
  #closed = false

  constructor(options: LiveConfigOptions) {
    const { configDir, log, setTimer = realTimer } = options
    this.configDir = configDir
    this.#options = options
    this.#setTimer = setTimer
    this.#current = { agents: [], tools: new Map(), pricing: new Map(), network: PUBLIC_ONLY }
    this.#folders = [configDir, join(configDir, 'agents'), join(configDir, 'tools')]
    this.#watch = new FolderWatch({
      changed: () => void this.reload().catch(() => {}), // told by the log
      onTrouble: (detail) => log.warn({ detail }, 'a folder of the configuration cannot be watched'),
      setTimer,
    })
  }

  /** Agents, tools and prices that belong together: what a call begins with is taken from it at one moment. */
  get current(): ConfigContent {
    return this.#current
  }

  /** What is wrong with the files as they are, while something else than they say answers calls. */
  get refused(): readonly Problem[] {
    return this.#refused
  }

  /** Worth knowing of what answers calls. */
  get warnings(): readonly Problem[] {
    return this.#warnings
  }

  /** @returns how to stop. Told after every look. */
  subscribe(listener: (reload: Reload) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks at the files now, after a look that is under way. */
  reload(): Promise<Reload> {
    const looked = this.#looking.then(() => this.#look())
    // Whoever asked is told of a failure; the next look is not kept from happening by it.
    this.#looking = looked.catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'the configuration could not be looked at')
    })
    return looked
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch.close()
    this.#cancelKeep?.()
    await this.#looking
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #look(): Promise<Reload> {
    if (this.#closed) return { type: 'same' }
    const loaded = await this.#load()
    const reload = loaded.problems.length > 0 ? this.#refuse(loaded.problems) : await this.#take(loaded)
    for (const listener of this.#listeners) listener(reload)
    return reload
  }

  /** Watches before it reads, so that no change falls in between. */
  async #load(): Promise<LoadedConfigDir> {
    for (let look = 1; ; look++) {
      this.#watch.open(this.#folders)
      const loaded = await loadConfigDir(this.configDir, this.#options.env)
      const before = this.#folders
      this.#folders = [...new Set(loaded.folders)]
      if (look === LOOKS_MOST || this.#folders.every((folder) => before.includes(folder))) return loaded
    }
  }

  #refuse(problems: readonly Problem[]): Reload {
    const told = this.#refused.map(({ text }) => text).join('\n')
    const texts = problems.map(({ text }) => text)
    this.#refused = problems
    // At the start, whoever starts the server says it.
    if (texts.join('\n') !== told && this.#current.agents.length > 0) {
      this.#options.log.error(
        { problems: texts },
        'a change of the configuration is refused: what was there before answers',
      )
    }
    return { type: 'refused', problems }
  }

  async #take(loaded: LoadedConfigDir): Promise<Reload> {
    const { log } = this.#options
    const { agents, tools, pricing, network } = loaded
    const changed = changesFrom(this.#current, loaded)
    const wasRefused = this.#refused.length > 0
    this.#refused = []
    this.#warn(loaded.warnings)
    if (changed === null) {
      if (wasRefused) log.info({}, 'the configuration is again what answers')
      return { type: 'same' }
    }
    const first = this.#current.agents.length === 0
    await this.#keep(agents)
    this.#current = Object.freeze({ agents, tools, pricing, network })
    if (!first) log.info(changed, 'a change of the configuration is taken: it holds for calls from now on')
    return { type: 'taken', ...changed }
  }

  #warn(warnings: readonly Problem[]): void {
    const told = this.#warnings.map(({ text }) => text)
    for (const { text } of warnings) {
      if (!told.includes(text)) this.#options.log.warn({ at: text }, 'worth knowing of the configuration')
    }
    this.#warnings = warnings
  }

  /** Calls matter more than the account of what they were answered with: a log that fails is tried again. */
  async #keep(agents: readonly Agent[]): Promise<void> {
    this.#cancelKeep?.()
    this.#cancelKeep = null
    try {
      await this.#options.keep(agents)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      this.#options.log.error({ detail }, 'the versions of the agents could not be written down')
      if (this.#closed) return
      this.#cancelKeep = this.#setTimer(() => void this.#keep(this.#current.agents), KEEP_AGAIN_MS)
    }
  }
}

/** @returns the names of what is new, different or gone; null when nothing is */
function changesFrom(
  before: ConfigContent,
  after: ConfigContent,
): { readonly agents: readonly string[]; readonly tools: readonly string[] } | null {
  const versions = ({ agents }: ConfigContent) => new Map(agents.map(({ name, version }) => [name, version]))
  const agents = differences(versions(before), versions(after))
  const tools = differences(before.tools, after.tools)
  const others = ({ pricing, network }: ConfigContent) => JSON.stringify([[...pricing], network])
  return agents.length + tools.length === 0 && others(before) === others(after) ? null : { agents, tools }
}

function differences(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): readonly string[] {
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].filter((name) => before.get(name) !== after.get(name)).toSorted()
}
