/** The test phone: call an agent from the browser. It is the first thing that a new user clicks. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useSearch } from 'wouter'
import type { AgentCard } from '../../contract/agents.ts'
import { call } from '../api/call.ts'
import { EmptyState, Trouble } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import '../live/captions.css'
import { InCall } from './in-call.tsx'
import './phone.css'
import { PhoneLine } from './phone-line.ts'

export function PhonePage() {
  const { may } = useSession()
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => call('listAgents'), enabled: may('manager') })
  return (
    <Page title="Test phone">
      {!may('manager') ? (
        <EmptyState icon="phone" title="Calls are placed by managers">
          Your role shows calls, but does not place them. An admin can change that.
        </EmptyState>
      ) : agents.isError ? (
        <Trouble error={agents.error} onRetry={() => void agents.refetch()} />
      ) : agents.data === undefined ? (
        <Skeleton lines={5} />
      ) : agents.data.agents.length === 0 ? (
        <EmptyState icon="agents" title="There is no agent to call yet">
          Write one in config/agents; it answers as soon as its file is saved.
        </EmptyState>
      ) : (
        <Phone agents={agents.data.agents} />
      )}
    </Page>
  )
}

function Phone({ agents }: { agents: readonly AgentCard[] }) {
  const asked = new URLSearchParams(useSearch()).get('agent')
  const [chosen, setChosen] = useState(agents.find(({ name }) => name === asked)?.name ?? agents[0]?.name ?? '')
  const [line, setLine] = useState<PhoneLine | null>(null)
  useEffect(() => () => line?.close(), [line])
  const dial = (): void => setLine(new PhoneLine(chosen))
  const agent = agents.find(({ name }) => name === chosen)
  if (line !== null) return <OpenLine line={line} onAgain={dial} onDone={() => setLine(null)} />
  return (
    <section className="panel phone-idle" aria-label="Place a call">
      <span className="phone-emblem">
        <Icon name="phone" />
      </span>
      <h2>Talk to an agent</h2>
      <p className="muted">
        It is a real call, with the real agent, its tools and its limits. It appears in the list like any other.
      </p>
      {agents.length > 1 ? (
        <fieldset className="phone-agents">
          <legend className="visually-hidden">Agent to call</legend>
          {agents.map(({ name, model, voice }) => (
            <label key={name} className={name === chosen ? 'phone-agent phone-agent-on' : 'phone-agent'}>
              <input type="radio" name="agent" checked={name === chosen} onChange={() => setChosen(name)} />
              <strong>{name}</strong>
              <span className="muted">
                {model}, {voice}
              </span>
            </label>
          ))}
        </fieldset>
      ) : (
        <p className="phone-only">
          <strong>{agent?.name}</strong>{' '}
          <span className="muted">
            {agent?.model}, {agent?.voice}
          </span>
        </p>
      )}
      <button type="button" className="button button-main phone-call" onClick={dial} disabled={chosen === ''}>
        <Icon name="phone" />
        Call {chosen}
      </button>
      <Hints />
    </section>
  )
}

function Hints() {
  const { offline } = useSession()
  return (
    <p className="muted phone-hints">
      {offline
        ? 'No key of a model is set, so a stand-in on this machine plays the agent. Speak or type: it answers from its script.'
        : 'Your browser will ask for the microphone. A headset gives the truest picture of interruptions.'}
    </p>
  )
}

function OpenLine(props: { line: PhoneLine; onAgain: () => void; onDone: () => void }) {
  const { line } = props
  const state = useSyncExternalStore(line.subscribe, () => line.state)
  return <InCall line={line} state={state} onAgain={props.onAgain} onDone={props.onDone} />
}
