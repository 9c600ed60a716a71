/** What an agent says, at each of its versions, and what changed between two of them. */
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Link } from 'wouter'
import { diffLines, withContext } from '../../../agents/line-diff.ts'
import type { AgentPage } from '../../contract/agents.ts'
import { call } from '../api/call.ts'
import { callsAddress } from '../calls/list-state.ts'
import { Trouble } from '../parts/empty.tsx'
import { useNow } from '../parts/figures.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { moment } from '../words/format.ts'

const AROUND = 3

interface VersionsProps {
  readonly name: string
  readonly running: string
  readonly text: string
  readonly versions: AgentPage['versions']
}

export function Versions({ name, running, text, versions }: VersionsProps) {
  const [shown, setShown] = useState(running)
  // To begin with, the version before the one that runs: what changed last is what one comes to look at.
  const [against, setAgainst] = useState(versions.find(({ version }) => version !== running)?.version ?? '')
  const [id, againstId] = [useId(), useId()]
  const of = (version: string) => ({
    queryKey: ['agent-version', name, version],
    queryFn: async () => (await call('readVersion', { params: { name, version } })).text,
    enabled: version !== '' && version !== running,
    // A version is its content's hash: it never changes.
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [after, before] = [useQuery(of(shown)), useQuery(of(against))]
  const afterText = shown === running ? text : after.data
  const beforeText = against === running ? text : before.data
  const failed = after.error ?? before.error
  return (
    <section className="panel" aria-labelledby="says-head">
      <header className="panel-head">
        <h2 id="says-head">Versions</h2>
        <div className="versions-choice">
          <label htmlFor={id}>Show</label>
          <VersionSelect {...{ id, running, versions }} value={shown} onValue={setShown} />
          <label htmlFor={againstId}>changes from</label>
          <VersionSelect {...{ running, versions }} id={againstId} none value={against} onValue={setAgainst} />
        </div>
        <Link href={callsAddress({ agents: [name], versions: [shown] })} className="panel-action">
          Calls of this version
        </Link>
      </header>
      {failed !== null ? (
        <Trouble error={failed} />
      ) : afterText === undefined || (against !== '' && beforeText === undefined) ? (
        <div className="panel-body">
          <Skeleton lines={8} />
        </div>
      ) : against === '' || beforeText === undefined ? (
        <Text text={afterText} />
      ) : (
        <Diff before={beforeText} after={afterText} />
      )}
    </section>
  )
}

function VersionSelect(props: {
  readonly id: string
  readonly running: string
  readonly versions: AgentPage['versions']
  readonly value: string
  readonly onValue: (version: string) => void
  readonly none?: boolean
}) {
  const { running, versions } = props
  const now = useNow()
  // The log may not have kept the running one yet.
  const all = versions.some(({ version }) => version === running)
    ? versions
    : [{ version: running, keptAt: null }, ...versions]
  return (
    <select
      id={props.id}
      className="select"
      value={props.value}
      onChange={(event) => props.onValue(event.target.value)}
    >
      {props.none === true && <option value="">nothing: the whole text</option>}
      {all.map(({ version, keptAt }) => (
        <option key={version} value={version}>
          {version.slice(0, 8)}
          {version === running ? ' · running' : keptAt === null ? '' : ` · ${moment(keptAt, now)}`}
        </option>
      ))}
    </select>
  )
}

function Text({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <pre className="agent-text" tabIndex={0}>
      {text}
    </pre>
  )
}

const SIGNS = { same: ' ', gone: '−', new: '+' } as const
const SAID = { same: '', gone: 'Removed: ', new: 'Added: ' } as const

function Diff({ before, after }: { before: string; after: string }) {
  const lines = diffLines(before, after)
  if (lines.every(({ kind }) => kind === 'same')) return <p className="panel-body muted">Nothing differs.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <pre className="agent-text" tabIndex={0}>
      {withContext(lines, AROUND).map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of one comparison, which never change places
        <span key={at} className={line === null ? 'diff-gap' : `diff-${line.kind}`}>
          {line === null ? '⋯' : `${SIGNS[line.kind]} ${line.text}`}
          {line !== null && SAID[line.kind] !== '' && <span className="visually-hidden"> ({SAID[line.kind]})</span>}
          {'\n'}
        </span>
      ))}
    </pre>
  )
}
