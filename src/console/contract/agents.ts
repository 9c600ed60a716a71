/** Agents as they run and ran, the files they come from, figures over many calls, and the server's health. */
import { z } from 'zod'
import { FigureSet, Figures } from '../../call-log/query.ts'
import { endpoint } from './endpoint.ts'

/** One mistake in the files, where it stands. */
export const Problem = z.object({
  file: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
  message: z.string(),
})
export type Problem = z.infer<typeof Problem>

export const AgentCard = z.object({
  name: z.string(),
  version: z.string(),
  numbers: z.array(z.string()),
  model: z.string(),
  voice: z.string(),
  tools: z.array(z.string()),
  destinations: z.array(z.object({ name: z.string(), description: z.string() })),
  maxMinutes: z.number(),
  maxCostUsd: z.number(),
  liveCalls: z.int(),
  /** Since when this version answers; null when that is not known. */
  since: z.number().nullable(),
})
export type AgentCard = z.infer<typeof AgentCard>

export const AgentPage = z.object({
  agent: AgentCard,
  /** All that holds for it, as YAML: defaults and included texts put in, secrets as names. */
  text: z.string(),
  versions: z.array(z.object({ version: z.string(), keptAt: z.number() })),
  /** What is wrong with the files on disk, which is why they do not answer yet; empty when they are what runs. */
  problems: z.array(Problem),
  warnings: z.array(Problem),
  /** Its last 7 days. */
  figures: FigureSet,
})
export type AgentPage = z.infer<typeof AgentPage>

const Name = z.object({ name: z.string().min(1).max(100) })
const number = z.coerce.number()
const list = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z.array(z.string()).optional(),
)

const tag = 'agents'
export const agents = {
  listAgents: endpoint({
    method: 'GET',
    path: '/agents',
    role: 'viewer',
    tag,
    summary: 'The agents that answer calls now.',
    reply: z.object({ agents: z.array(AgentCard), problems: z.array(Problem) }),
  }),
  openAgent: endpoint({
    method: 'GET',
    path: '/agents/:name',
    role: 'viewer',
    tag,
    summary: 'One agent: what it says, its versions, and how it does.',
    params: Name,
    reply: AgentPage,
  }),
  readVersion: endpoint({
    method: 'GET',
    path: '/agents/:name/versions/:version',
    role: 'viewer',
    tag,
    summary: 'What an agent said at one of its versions.',
    params: Name.extend({ version: z.string().min(1).max(80) }),
    reply: z.object({ name: z.string(), version: z.string(), text: z.string() }),
  }),
  checkAgents: endpoint({
    method: 'POST',
    path: '/agents/check',
    role: 'admin',
    tag,
    summary: 'Looks at the files now; takes a change that is well, and says what is wrong with one that is not.',
    reply: z.object({ problems: z.array(Problem), warnings: z.array(Problem), taken: z.array(z.string()) }),
    audit: 'checked-agents',
  }),
  figures: endpoint({
    method: 'GET',
    path: '/figures',
    role: 'viewer',
    tag: 'figures',
    summary: 'Figures over the calls of a time: totals, by hour or day, by agent and version.',
    query: z.strictObject({
      from: number,
      to: number,
      agents: list,
      versions: list,
      by: z.enum(['hour', 'day']).optional(),
      zone: z.string().max(60).optional(),
    }),
    reply: Figures,
  }),
  health: endpoint({
    method: 'GET',
    path: '/health',
    role: 'viewer',
    tag: 'health',
    summary: 'Whether calls are welcome, how many there are, and whether the log keeps up.',
    reply: z.object({
      ready: z.boolean(),
      why: z.string().nullable(),
      liveCalls: z.int(),
      offline: z.boolean(),
      version: z.string(),
      startedAt: z.number(),
    }),
  }),
}
