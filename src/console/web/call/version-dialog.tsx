/** What the agent said when it answered this call, beside what it says now: line by line. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { diffLines, withContext } from '../../../agents/line-diff.ts'
import { call } from '../api/call.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Trouble } from '../parts/empty.tsx'
import { Skeleton } from '../parts/skeleton.tsx'

const SIGNS = { same: ' ', gone: '−', new: '+' } as const

export function VersionDialog(props: { agent: string; version: string; onClose: () => void }) {
  const { agent, version } = props
  const then = useQuery({
    queryKey: ['agent-version', agent, version],
    queryFn: () => call('readVersion', { params: { name: agent, version } }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const now = useQuery({ queryKey: ['agents', agent], queryFn: () => call('openAgent', { params: { name: agent } }) })
  const failed = then.error ?? now.error
  return (
    <Dialog wide title={`${agent}, then and now`} onClose={props.onClose}>
      {failed !== null ? (
        <Trouble error={failed} />
      ) : then.data === undefined || now.data === undefined ? (
        <Skeleton lines={6} />
      ) : (
        <>
          <p>
            This call was answered by version <code>{version}</code>; now <Link href={`/agents/${agent}`}>{agent}</Link>{' '}
            answers with <code>{now.data.agent.version}</code>.
          </p>
          <Difference before={then.data.text} after={now.data.text} />
        </>
      )}
    </Dialog>
  )
}

function Difference({ before, after }: { before: string; after: string }) {
  if (before === after) return <p>Nothing has changed since.</p>
  const lines = withContext(diffLines(before, after), 3).map((line, place) => ({ line, place }))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section tabIndex={0} className="diff" aria-label="What changed, line by line">
      {lines.map(({ line, place }) => {
        if (line === null)
          return (
            <span key={place} className="diff-left-out">
              ⋯
            </span>
          )
        const text = `${SIGNS[line.kind]} ${line.text}`
        if (line.kind === 'gone') return <del key={place}>{text}</del>
        if (line.kind === 'new') return <ins key={place}>{text}</ins>
        return <span key={place}>{text}</span>
      })}
    </section>
  )
}
