/** Listening in to the call, both sides, a moment behind. It is written down who does. */
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { Meter } from '../audio/meter.tsx'
import { Icon } from '../parts/icon.tsx'
import { Listener, type ListenState } from './listener.ts'

const WORDS: Readonly<Record<ListenState, string>> = {
  opening: 'Connecting…',
  hearing: 'You hear both sides. They do not hear you.',
  quiet: 'No sound comes at the moment.',
  broken: 'The connection broke; trying again…',
  refused: 'This call cannot be listened to: it is over, or your role has changed.',
}

export function Listen({ callId }: { callId: string }) {
  const [listener, setListener] = useState<Listener | null>(null)
  useEffect(() => () => listener?.close(), [listener])
  return (
    <section className="panel" aria-label="Listen in">
      <header className="panel-head">
        <h2>Listen in</h2>
        <button
          type="button"
          className={
            listener === null ? 'button button-small live-toggle' : 'button button-small button-on live-toggle'
          }
          aria-pressed={listener !== null}
          onClick={() => setListener(listener === null ? new Listener(callId) : null)}
        >
          <Icon name={listener === null ? 'play' : 'pause'} />
          {listener === null ? 'Listen' : 'Stop'}
        </button>
      </header>
      {listener !== null && <Hearing listener={listener} />}
    </section>
  )
}

function Hearing({ listener }: { listener: Listener }) {
  const state = useSyncExternalStore(listener.subscribe, () => listener.state)
  const caller = useCallback(
    (tell: (level: number) => void) => listener.watchLevels((level) => tell(level)),
    [listener],
  )
  const agent = useCallback(
    (tell: (level: number) => void) => listener.watchLevels((_, level) => tell(level)),
    [listener],
  )
  return (
    <div className="panel-body live-hearing">
      <Meter label="Caller" side="caller" watch={caller} />
      <Meter label="Agent" side="agent" watch={agent} />
      <p role="status" className={state === 'refused' || state === 'broken' ? 'tone-bad' : 'muted'}>
        {WORDS[state]}
      </p>
    </div>
  )
}
