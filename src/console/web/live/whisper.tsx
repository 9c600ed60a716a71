/** A sentence to the agent that the caller does not hear. */
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type RefObject, useState } from 'react'
import { call, wordsOf } from '../api/call.ts'

export function Whisper({ callId, field }: { callId: string; field: RefObject<HTMLTextAreaElement | null> }) {
  const [text, setText] = useState('')
  const whisper = useMutation({
    mutationFn: (words: string) => call('whisper', { params: { callId }, body: { text: words } }),
    onSuccess: () => setText(''),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (text.trim() !== '' && !whisper.isPending) whisper.mutate(text.trim())
  }
  return (
    <section className="panel" aria-label="Whisper">
      <header className="panel-head">
        <h2>Whisper</h2>
        <span className="muted">only the agent hears it</span>
      </header>
      <form className="panel-body form" onSubmit={submit}>
        <textarea
          ref={field}
          className="textarea"
          aria-label="What the agent is told"
          placeholder="Offer the loan bicycle, free of charge. (W)"
          rows={2}
          maxLength={1000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey) submit(event)
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
        />
        <div className="live-whisper-foot">
          <span role="status" className={whisper.isError ? 'form-wrong' : 'muted'}>
            {whisper.isError
              ? wordsOf(whisper.error)
              : whisper.isSuccess && text === ''
                ? 'Told. It shows in what the agent says next.'
                : ''}
          </span>
          <button type="submit" className="button" disabled={text.trim() === '' || whisper.isPending}>
            Whisper
          </button>
        </div>
      </form>
    </section>
  )
}
