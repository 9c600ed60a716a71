/** Ends the agent's part and sends the caller to somebody, after the destination has been chosen. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { call, wordsOf } from '../api/call.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Skeleton } from '../parts/skeleton.tsx'

export function TakeOver({ callId, agent }: { callId: string; agent: string | null }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button" disabled={agent === null} onClick={() => setOpen(true)}>
        <Icon name="phone" />
        Take over…
      </button>
      {open && agent !== null && <Choose callId={callId} agent={agent} onClose={() => setOpen(false)} />}
    </>
  )
}

function Choose({ callId, agent, onClose }: { callId: string; agent: string; onClose: () => void }) {
  const group = useId()
  const [chosen, setChosen] = useState<string | null>(null)
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => call('listAgents') })
  const takeOver = useMutation({
    mutationFn: (destination: string) => call('takeOver', { params: { callId }, body: { destination } }),
    onSuccess: onClose,
  })
  const destinations = agents.data?.agents.find(({ name }) => name === agent)?.destinations ?? []
  return (
    <Dialog
      title="Take over"
      onClose={onClose}
      actions={
        <>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="button button-main"
            disabled={chosen === null || takeOver.isPending}
            onClick={() => chosen !== null && takeOver.mutate(chosen)}
          >
            {chosen === null ? 'Send the caller' : `Send the caller to ${chosen}`}
          </button>
        </>
      }
    >
      <p>The agent stops, and the caller is connected with whom you choose. It cannot be taken back.</p>
      {agents.isPending ? (
        <Skeleton lines={2} />
      ) : destinations.length === 0 ? (
        <p className="muted">
          {agents.isError
            ? wordsOf(agents.error)
            : `${agent} has no destinations: its file names them under destinations.`}
        </p>
      ) : (
        <fieldset className="live-destinations">
          <legend className="visually-hidden">Destination</legend>
          {destinations.map(({ name, description }) => (
            <label key={name} className="choice">
              <input type="radio" name={group} checked={chosen === name} onChange={() => setChosen(name)} />
              <span>
                <strong>{name}</strong> <span className="muted">{description}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {takeOver.isError && (
        <p role="alert" className="form-wrong">
          {wordsOf(takeOver.error)}
        </p>
      )}
    </Dialog>
  )
}
