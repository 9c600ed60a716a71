/** Takes a call away for good, after the word for it has been typed. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../api/call.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { toast, toastError } from '../shell/toasts.tsx'
import { counted } from '../words/format.ts'
import { callKey } from './call-query.ts'

const WORD = 'erase'

export function EraseDialog({ callId, onClose }: { callId: string; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [, go] = useLocation()
  const queries = useQueryClient()
  const erase = useMutation({
    mutationFn: () => call('eraseCall', { params: { callId } }),
    onSuccess: ({ events, recordings }) => {
      go('/calls')
      queries.removeQueries({ queryKey: callKey(callId) })
      void queries.invalidateQueries({ queryKey: ['calls'] })
      toast(`The call is gone, with ${counted(events, 'event')} and ${counted(recordings, 'recording')}.`)
    },
    onError: toastError,
  })
  const sure = typed.trim().toLowerCase() === WORD
  return (
    <Dialog
      title="Erase this call for good"
      onClose={onClose}
      actions={
        <>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="button button-bad"
            disabled={!sure || erase.isPending}
            onClick={() => erase.mutate()}
          >
            Erase
          </button>
        </>
      }
    >
      <p>
        Its words, figures, notes and sound are taken away from the database, the files and the spool. Nobody can bring
        them back.
      </p>
      <Field
        label={`Type “${WORD}” to go on`}
        value={typed}
        autoComplete="off"
        onChange={(event) => setTyped(event.target.value)}
      />
    </Dialog>
  )
}
