/** The wall: all calls in progress. */
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { EndedCall } from '../api/live-calls.ts'
import { useLive } from '../api/live-feed.ts'
import { EmptyState } from '../parts/empty.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import { counted } from '../words/format.ts'
import { EndedCard, LiveCard } from './live-card.tsx'
import './live.css'

/** An ended call stays on the wall for so long. */
const STAYS_MS = 8000

export function LivePage() {
  const { calls, ended, state } = useLive()
  const going = useGoing(ended).filter(({ call }) => !calls.some(({ callId }) => callId === call.callId))
  const { may } = useSession()
  return (
    <Page title="Live" beside={calls.length > 0 && <span className="muted">{counted(calls.length, 'call')}</span>}>
      <Connection state={state} />
      {calls.length === 0 && going.length === 0 && state === 'open' ? (
        <EmptyState
          icon="live"
          title="Nobody is on the line"
          action={
            may('manager') && (
              <Link href="/phone" className="button button-main">
                Place a test call
              </Link>
            )
          }
        >
          Calls appear here the moment they are answered.
        </EmptyState>
      ) : (
        <ul className="wall" aria-label="Calls in progress">
          {calls.map((call) => (
            <li key={call.callId}>
              <LiveCard call={call} />
            </li>
          ))}
          {going.map(({ call, reason }) => (
            <li key={call.callId}>
              <EndedCard call={call} reason={reason} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  )
}

/** What is wrong with the stream, if anything is. */
export function Connection({ state }: { state: 'connecting' | 'open' | 'lost' }) {
  return (
    <p role="status" className={state === 'lost' ? 'live-lost' : 'visually-hidden'}>
      {state === 'lost'
        ? 'The connection to the server is lost; trying again. What is shown may be old.'
        : state === 'connecting'
          ? 'Connecting'
          : 'Connected'}
    </p>
  )
}

/** The calls that ended while this page was looked at, for a moment. */
function useGoing(ended: readonly EndedCall[]): readonly EndedCall[] {
  const [gone, setGone] = useState<ReadonlySet<EndedCall>>(() => new Set(ended))
  const going = ended.filter((each) => !gone.has(each))
  useEffect(() => {
    const fresh = ended.filter((each) => !gone.has(each))
    if (fresh.length === 0) return
    const timer = setTimeout(() => setGone(new Set([...gone, ...fresh])), STAYS_MS)
    return () => clearTimeout(timer)
  }, [ended, gone])
  return going
}
