/** One agent: how it does, what it may do, what it says, and how that has changed. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { AgentPage as AgentPageReply } from '../../contract/agents.ts'
import { call } from '../api/call.ts'
import { callsAddress } from '../calls/list-state.ts'
import { Badge } from '../parts/badge.tsx'
import { Trouble } from '../parts/empty.tsx'
import { Time } from '../parts/figures.tsx'
import { Headlines } from '../parts/headlines.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import { money } from '../words/format.ts'
import './agents.css'
import { numbersWords } from './agents-page.tsx'
import { CheckNow } from './check-now.tsx'
import { Problems } from './problems.tsx'
import { Versions } from './versions.tsx'

export function AgentPage({ name }: { name: string }) {
  const session = useSession()
  const page = useQuery({
    queryKey: ['agents', name],
    queryFn: () => call('openAgent', { params: { name } }),
    refetchInterval: 60_000,
  })
  return (
    <Page
      title={name}
      beside={
        <Link href="/agents" className="muted">
          All agents
        </Link>
      }
      actions={
        <>
          <Link href={callsAddress({ agents: [name] })} className="button">
            Its calls
          </Link>
          {session.may('admin') && <CheckNow />}
        </>
      }
    >
      {page.isPending ? (
        <Skeleton lines={8} />
      ) : page.isError ? (
        <Trouble error={page.error} onRetry={() => void page.refetch()} />
      ) : (
        <Shown name={name} page={page.data} />
      )}
    </Page>
  )
}

function Shown({ name, page }: { name: string; page: AgentPageReply }) {
  const { agent, figures } = page
  const week = { agents: [name] }
  const links = {
    calls: callsAddress(week, { since: '7d' }),
    contained: callsAddress({ ...week, outcomes: ['contained'] }, { since: '7d' }),
    failed: callsAddress({ ...week, outcomes: ['failed'] }, { since: '7d' }),
    reply: callsAddress(week, { since: '7d', sort: 'reply' }),
    interruptions: callsAddress(week, { since: '7d', sort: 'interruptions' }),
    tools: callsAddress({ ...week, flags: ['tool-failed'] }, { since: '7d' }),
    cost: callsAddress(week, { since: '7d', sort: 'cost' }),
  }
  return (
    <>
      <Problems problems={page.problems} warnings={page.warnings} />
      <section className="panel" aria-labelledby="week-head">
        <header className="panel-head">
          <h2 id="week-head">Last 7 days</h2>
          {agent.liveCalls > 0 && <Badge tone="accent">{agent.liveCalls} live</Badge>}
        </header>
        <Headlines set={figures} links={links} />
      </section>
      <section className="panel" aria-labelledby="about-head">
        <header className="panel-head">
          <h2 id="about-head">What runs</h2>
        </header>
        <dl className="facts agent-facts panel-body">
          <Fact name="Version">
            <span className="mono">{agent.version.slice(0, 12)}</span>
            {agent.since !== null && (
              <span className="muted">
                {' '}
                since <Time at={agent.since} />
              </span>
            )}
          </Fact>
          <Fact name="Answers">{numbersWords(agent.numbers)}</Fact>
          <Fact name="Model">
            {agent.model} <span className="muted">· voice {agent.voice}</span>
          </Fact>
          <Fact name="Limits">
            {agent.maxMinutes} minutes, {money(agent.maxCostUsd)} a call
          </Fact>
          <Fact name="Tools">{agent.tools.length === 0 ? 'none' : agent.tools.join(', ')}</Fact>
          <Fact name="Sends to">
            {agent.destinations.length === 0 ? (
              'nobody'
            ) : (
              <ul>
                {agent.destinations.map((destination) => (
                  <li key={destination.name}>
                    {destination.name} <span className="muted">· {destination.description}</span>
                  </li>
                ))}
              </ul>
            )}
          </Fact>
        </dl>
      </section>
      <Versions name={name} running={agent.version} text={page.text} versions={page.versions} />
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
