/** Ends a call, after a second thought. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Confirm } from '../parts/dialog.tsx'
import { toastError } from '../shell/toasts.tsx'

export function HangUp({ callId }: { callId: string }) {
  const [open, setOpen] = useState(false)
  const hangUp = useMutation({
    mutationFn: () => call('hangUp', { params: { callId } }),
    onSuccess: () => setOpen(false),
    onError: toastError,
  })
  return (
    <>
      <button type="button" className="button button-bad" onClick={() => setOpen(true)}>
        Hang up…
      </button>
      {open && (
        <Confirm
          title="Hang up on this caller?"
          does="Hang up"
          busy={hangUp.isPending}
          onYes={() => hangUp.mutate()}
          onClose={() => setOpen(false)}
        >
          <p>The line is cut at once, whoever is speaking. The log says that it was you.</p>
        </Confirm>
      )}
    </>
  )
}
