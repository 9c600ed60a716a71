/** The agents that answer calls now, and what is wrong with the files they come from. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { AgentCard } from '../../contract/agents.ts'
import { call } from '../api/call.ts'
import { Badge } from '../parts/badge.tsx'
import { EmptyState, Trouble } from '../parts/empty.tsx'
import { Time } from '../parts/figures.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Table, type TableColumn } from '../parts/table.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import { money, phoneNumber } from '../words/format.ts'
import './agents.css'
import { CheckNow } from './check-now.tsx'
import { Problems } from './problems.tsx'

export const AGENTS_KEY = ['agents'] as const

const COLUMNS: readonly TableColumn<AgentCard>[] = [
  {
    key: 'name',
    head: 'Agent',
    cell: (agent) => (
      <>
        <Link href={`/agents/${encodeURIComponent(agent.name)}`} className="strong-link">
          {agent.name}
        </Link>{' '}
        {agent.liveCalls > 0 && <Badge tone="accent">{agent.liveCalls} live</Badge>}
      </>
    ),
  },
  { key: 'numbers', head: 'Answers', cell: (agent) => numbersWords(agent.numbers) },
  {
    key: 'model',
    head: 'Model and voice',
    cell: (agent) => (
      <>
        {agent.model} <span className="muted">· {agent.voice}</span>
      </>
    ),
  },
  {
    key: 'tools',
    head: 'Tools',
    cell: (agent) => (agent.tools.length === 0 ? <span className="muted">none</span> : agent.tools.join(', ')),
  },
  {
    key: 'limits',
    head: 'Limits',
    cell: (agent) => (
      <span className="figure">
        {agent.maxMinutes} min · {money(agent.maxCostUsd)}
      </span>
    ),
  },
  {
    key: 'version',
    head: 'Version',
    cell: (agent) => (
      <>
        <span className="mono">{agent.version.slice(0, 8)}</span>{' '}
        {agent.since !== null && (
          <span className="muted">
            since <Time at={agent.since} />
          </span>
        )}
      </>
    ),
  },
]

export function numbersWords(numbers: readonly string[]): string {
  if (numbers.length === 0) return 'no number'
  return numbers.map((number) => (number === '*' ? 'every other number' : phoneNumber(number))).join(', ')
}

export function AgentsPage() {
  const session = useSession()
  const agents = useQuery({ queryKey: AGENTS_KEY, queryFn: () => call('listAgents'), refetchInterval: 30_000 })
  return (
    <Page title="Agents" actions={session.may('admin') && <CheckNow />}>
      {agents.isPending ? (
        <Skeleton lines={6} />
      ) : agents.isError ? (
        <Trouble error={agents.error} onRetry={() => void agents.refetch()} />
      ) : (
        <>
          <Problems problems={agents.data.problems} warnings={[]} />
          {agents.data.agents.length === 0 ? (
            <EmptyState icon="agents" title="No agent answers">
              Write one into <code>config/agents</code>: a YAML file with instructions and the numbers it answers.
            </EmptyState>
          ) : (
            <section className="panel">
              <Table label="Agents" columns={COLUMNS} rows={agents.data.agents} keyOf={({ name }) => name} />
            </section>
          )}
        </>
      )}
    </Page>
  )
}
