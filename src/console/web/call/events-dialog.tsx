/** The events of a call as the log keeps them: what everything else on the page is folded from. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Trouble } from '../parts/empty.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { counted } from '../words/format.ts'

export function EventsDialog({ callId, onClose }: { callId: string; onClose: () => void }) {
  const [type, setType] = useState('')
  const events = useQuery({
    queryKey: ['events', callId],
    queryFn: () => call('listEvents', { params: { callId } }),
  })
  const all = events.data?.events ?? []
  const types = [...new Set(all.map(({ body }) => body.type))].toSorted()
  const shown = type === '' ? all : all.filter(({ body }) => body.type === type)
  return (
    <Dialog wide title="Events" onClose={onClose}>
      {events.isError ? (
        <Trouble error={events.error} onRetry={() => void events.refetch()} />
      ) : events.isPending ? (
        <Skeleton lines={8} />
      ) : (
        <>
          <div className="form-row">
            <select
              className="select"
              aria-label="Only events of this type"
              value={type}
              onChange={(event) => setType(event.target.value)}
            >
              <option value="">All types</option>
              {types.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
            <span className="muted">{counted(shown.length, 'event')}</span>
          </div>
          <ol className="events">
            {shown.map(({ seq, atMs, body }) => {
              const { type: name, ...rest } = body
              return (
                <li key={seq}>
                  <div className="events-head">
                    <span className="muted figure">{seq}</span>
                    <span className="figure">{(atMs / 1000).toFixed(3)} s</span>
                    <strong>{name}</strong>
                  </div>
                  {Object.keys(rest).length > 0 && <pre>{JSON.stringify(rest, null, 1)}</pre>}
                </li>
              )
            })}
          </ol>
        </>
      )}
    </Dialog>
  )
}
