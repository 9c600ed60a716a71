/** Agents as they run and ran, what is wrong with their files, figures over many calls, and how the server is. */
import { relative } from 'node:path'
import type { Agent } from '../../agents/agent.ts'
import { textOf } from '../../agents/effective.ts'
import type { Problem as FileProblem } from '../../agents/problem.ts'
import type { CallArchive } from '../../call-log/archive.ts'
import type { CallLog } from '../../call-log/store.ts'
import type { LiveConfig } from '../../config-dir/live.ts'
import type { AgentCard, Problem } from '../contract/agents.ts'
import type { Actor } from '../gate.ts'
import { maskWords } from '../mask-words.ts'
import { isViewer } from './calls-handlers.ts'
import { ApiError } from './errors.ts'
import { checkedSpan } from './figures-span.ts'
import type { HandlersOf } from './handlers.ts'
import type { IsOurs } from './masked-call.ts'

export interface AgentsParts {
  readonly config: Pick<LiveConfig, 'configDir' | 'current' | 'refused' | 'warnings' | 'reload'>
  readonly archive: Pick<CallArchive, 'agentVersions' | 'figures'>
  readonly log: Pick<CallLog, 'agentVersion'>
  readonly isOurs: IsOurs
  readonly liveCallsOf: (agent: string) => number
  readonly health: {
    /** Why no call should be sent here now; null when calls are welcome. */
    readonly notReady: () => string | null
    readonly liveCalls: () => number
    readonly offline: boolean
    readonly version: string
    /** ms since 1970 */
    readonly startedAt: number
  }
  /** ms since 1970 */
  readonly now: () => number
}

const WEEK_MS = 7 * 24 * 60 * 60_000

export type AgentsHandlers = HandlersOf<
  'listAgents' | 'openAgent' | 'readVersion' | 'checkAgents' | 'figures' | 'health'
>

export function agentsHandlers(parts: AgentsParts): AgentsHandlers {
  const { config, archive, log, isOurs, now } = parts
  const shown = (problems: readonly FileProblem[]): Problem[] => problems.map((each) => asShown(each, config.configDir))
  const textFor = (text: string, actor: Actor): string => (isViewer(actor) ? maskWords(text, isOurs) : text)
  const cardOf = (agent: Agent, versions: Versions): AgentCard => ({
    name: agent.name,
    version: agent.version,
    numbers: [...agent.numbers],
    model: agent.model.name,
    voice: agent.model.voice,
    tools: agent.tools.map(toolName),
    destinations: Object.entries(agent.destinations).map(([name, { description = '' }]) => ({ name, description })),
    maxMinutes: agent.limits.maxMinutes,
    maxCostUsd: agent.limits.maxCostUsd,
    liveCalls: parts.liveCallsOf(agent.name),
    since: versions.find(({ version }) => version === agent.version)?.keptAt ?? null,
  })

  return {
    listAgents: async () => {
      const agents = config.current.agents.map(async (agent) => cardOf(agent, await archive.agentVersions(agent.name)))
      return { agents: await Promise.all(agents), problems: shown(config.refused) }
    },
    openAgent: async ({ params: { name }, actor }) => {
      const agent = config.current.agents.find((each) => each.name === name)
      if (agent === undefined) throw new ApiError('NOT_FOUND', 'no agent of this name answers calls')
      const to = now()
      const [versions, figures] = await Promise.all([
        archive.agentVersions(name),
        archive.figures({ from: to - WEEK_MS, to, agents: [name], by: 'day' }),
      ])
      return {
        agent: cardOf(agent, versions),
        text: textFor(textOf(agent), actor),
        versions: [...versions],
        problems: shown(config.refused),
        warnings: shown(config.warnings),
        figures: figures.total,
      }
    },
    readVersion: async ({ params: { name, version }, actor }) => {
      const kept = await log.agentVersion(name, version)
      if (kept === null) throw new ApiError('NOT_FOUND', 'no agent of this name ever ran with this version')
      return { name, version, text: textFor(kept.text, actor) }
    },
    checkAgents: async ({ account }) => {
      const reload = await config.reload()
      const problems = reload.type === 'refused' ? shown(reload.problems) : []
      const taken = reload.type === 'taken' ? [...reload.agents] : []
      account.detail =
        problems.length > 0 ? `refused: ${problems.length} problems` : `taken: ${taken.join(', ') || '-'}`
      return { problems, warnings: shown(config.warnings), taken }
    },
    figures: async ({ query }) => archive.figures(checkedSpan(query)),
    health: async () => {
      const why = parts.health.notReady()
      const { offline, version, startedAt } = parts.health
      return { ready: why === null, why, liveCalls: parts.health.liveCalls(), offline, version, startedAt }
    },
  }
}

type Versions = Awaited<ReturnType<CallArchive['agentVersions']>>

/** Where it stands in CONFIG_DIR: where that is on the machine is nobody's business. */
function asShown({ file, line, column, path, message }: FileProblem, configDir: string): Problem {
  return { file: relative(configDir, file), line, column, message: path === '' ? message : `${path}: ${message}` }
}

/** A name; of a tool in YAML its own, of a server of tools where it is. */
function toolName(tool: Agent['tools'][number]): string {
  if (typeof tool === 'string') return tool
  const [[kind, definition] = ['', {}]] = Object.entries<object>(tool)
  if ('name' in definition && typeof definition.name === 'string') return definition.name
  return 'url' in definition && typeof definition.url === 'string' ? `${kind} ${definition.url}` : kind
}
