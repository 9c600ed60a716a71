/** Notes, each at its moment; a click goes there. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type RefObject, useState } from 'react'
import type { Note } from '../../../call-log/rows.ts'
import type { CallDetail } from '../../contract/calls.ts'
import { call } from '../api/call.ts'
import { Time } from '../parts/figures.tsx'
import { Icon } from '../parts/icon.tsx'
import { useSession } from '../shell/session.tsx'
import { toastError } from '../shell/toasts.tsx'
import { callKey } from './call-query.ts'
import { place } from './call-words.ts'
import { type Playhead, useHead } from './playhead.ts'

export function NotesPanel(props: {
  readonly callId: string
  readonly notes: readonly Note[]
  readonly head: Playhead
  readonly field: RefObject<HTMLTextAreaElement | null>
}) {
  const { callId, notes, head } = props
  const { may, user } = useSession()
  const queries = useQueryClient()
  const change = (alter: (notes: Note[]) => Note[]): void => {
    queries.setQueryData<CallDetail>(callKey(callId), (detail) => detail && { ...detail, notes: alter(detail.notes) })
    void queries.invalidateQueries({ queryKey: ['calls'] })
  }
  const remove = useMutation({
    mutationFn: (noteId: string) => call('removeNote', { params: { callId, noteId } }),
    onSuccess: (_, noteId) => change((before) => before.filter((note) => note.noteId !== noteId)),
    onError: toastError,
  })
  const inOrder = notes.toSorted((a, b) => (a.atMs ?? -1) - (b.atMs ?? -1) || a.createdAt - b.createdAt)
  return (
    <section className="panel" aria-label="Notes">
      <header className="panel-head">
        <h2>Notes</h2>
        {notes.length > 0 && <span className="muted figure">{notes.length}</span>}
      </header>
      <div className="panel-body form">
        {notes.length === 0 && !may('manager') && <p className="muted">Nobody has written a note.</p>}
        {inOrder.length > 0 && (
          <ul className="notes">
            {inOrder.map((note) => (
              <li key={note.noteId} className="note">
                <div className="note-head">
                  {note.atMs === null ? (
                    <span className="muted">Whole call</span>
                  ) : (
                    <button
                      type="button"
                      className="turn-time figure"
                      aria-label={`Go to ${place(note.atMs)}`}
                      onClick={() => head.seek(note.atMs ?? 0)}
                    >
                      {place(note.atMs)}
                    </button>
                  )}
                  <span className="muted">
                    {note.author}, <Time at={note.createdAt} as="ago" />
                  </span>
                  {(may('admin') || (may('manager') && note.author === user.name)) && (
                    <button
                      type="button"
                      className="icon-button note-off"
                      aria-label="Take this note away"
                      disabled={remove.isPending}
                      onClick={() => remove.mutate(note.noteId)}
                    >
                      <Icon name="close" />
                    </button>
                  )}
                </div>
                <p className="note-text">{note.text}</p>
              </li>
            ))}
          </ul>
        )}
        {may('manager') && (
          <NoteForm
            callId={callId}
            head={head}
            field={props.field}
            onWritten={(note) => change((before) => [...before, note])}
          />
        )}
      </div>
    </section>
  )
}

function NoteForm(props: {
  readonly callId: string
  readonly head: Playhead
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly onWritten: (note: Note) => void
}) {
  const { callId, head } = props
  const [text, setText] = useState('')
  const [here, setHere] = useState(true)
  const second = useHead(head, ({ timeMs }) => Math.floor(timeMs / 1000))
  // The place is where the head was when the writing began: the call may play on.
  const [begunMs, setBegunMs] = useState<number | null>(null)
  const atMs = begunMs ?? second * 1000
  const write = useMutation({
    mutationFn: () => call('writeNote', { params: { callId }, body: { atMs: here ? atMs : null, text: text.trim() } }),
    onSuccess: (note) => {
      props.onWritten(note)
      setText('')
      setBegunMs(null)
    },
    onError: toastError,
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (text.trim() !== '' && !write.isPending) write.mutate()
  }
  return (
    <form className="form" onSubmit={submit}>
      <textarea
        ref={props.field}
        className="textarea"
        aria-label="Write a note"
        placeholder="Write a note (N)"
        rows={2}
        maxLength={4000}
        value={text}
        onChange={(event) => {
          setBegunMs(event.target.value === '' ? null : (begunMs ?? head.timeMs))
          setText(event.target.value)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event)
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      <div className="note-actions">
        <label className="choice">
          <input type="checkbox" checked={here} onChange={(event) => setHere(event.target.checked)} />
          At <span className="figure">{place(atMs)}</span>
        </label>
        <button type="submit" className="button button-small" disabled={text.trim() === '' || write.isPending}>
          Save note
        </button>
      </div>
    </form>
  )
}
