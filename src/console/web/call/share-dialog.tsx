/** A link to this call, perhaps to a moment of it, that works until it expires and shows nobody more than their role does. */
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { call, wordsOf } from '../api/call.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { exactMoment } from '../words/format.ts'
import { place } from './call-words.ts'

const LASTS = [
  { hours: 24, name: 'One day' },
  { hours: 24 * 7, name: 'A week' },
  { hours: 24 * 30, name: '30 days' },
  { hours: 24 * 90, name: '90 days' },
] as const

export function ShareDialog(props: { callId: string; atMs: number; onClose: () => void }) {
  const { callId } = props
  const [hours, setHours] = useState<number>(LASTS[1].hours)
  const [here, setHere] = useState(props.atMs > 0)
  const [copied, setCopied] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  // Where the head was when the dialog opened: the call may play on.
  const [atMs] = useState(props.atMs)
  const share = useMutation({
    mutationFn: () => call('shareCall', { params: { callId }, body: { hours, atMs: here ? Math.floor(atMs) : null } }),
  })
  const link = share.data === undefined ? null : new URL(share.data.path, window.location.origin).href
  const copy = async (): Promise<void> => {
    field.current?.select()
    try {
      await navigator.clipboard.writeText(link ?? '')
      setCopied(true)
    } catch {
      // Without a secure context there is no clipboard; the link stands there, selected.
      setCopied(false)
    }
  }
  return (
    <Dialog
      title="Share this call"
      onClose={props.onClose}
      actions={
        link === null ? (
          <button
            type="button"
            className="button button-main"
            disabled={share.isPending}
            onClick={() => share.mutate()}
          >
            <Icon name="link" />
            Make a link
          </button>
        ) : (
          <button type="button" className="button button-main" onClick={() => void copy()}>
            <Icon name={copied ? 'check' : 'copy'} />
            {copied ? 'Copied' : 'Copy the link'}
          </button>
        )
      }
    >
      {link === null ? (
        <>
          <p className="muted">Whoever opens it signs in first, and sees what their role shows them.</p>
          <div className="form-row">
            <label>
              Works for{' '}
              <select className="select" value={hours} onChange={(event) => setHours(Number(event.target.value))}>
                {LASTS.map((each) => (
                  <option key={each.hours} value={each.hours}>
                    {each.name}
                  </option>
                ))}
              </select>
            </label>
            <label className="choice">
              <input type="checkbox" checked={here} onChange={(event) => setHere(event.target.checked)} />
              Opens at {place(atMs)}
            </label>
          </div>
          {share.isError && (
            <p role="alert" className="form-wrong">
              {wordsOf(share.error)}
            </p>
          )}
        </>
      ) : (
        <>
          <input
            ref={field}
            className="input"
            aria-label="Link"
            readOnly
            value={link}
            onFocus={(e) => e.target.select()}
          />
          <p className="muted">It works until {exactMoment(share.data?.expiresAt ?? 0)}.</p>
        </>
      )}
    </Dialog>
  )
}
