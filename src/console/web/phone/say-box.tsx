/** In offline mode the stand-in model understands no speech of strangers: what it hears can be typed. */
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call, wordsOf } from '../api/call.ts'
import { Icon } from '../parts/icon.tsx'
import type { Microphone } from './sound.ts'

const IDEAS = ['My order number is 4417.', 'How much does it cost?', 'I would like to speak with a person.', 'Goodbye.']

export function SayBox({ callId, microphone }: { callId: string | null; microphone: Microphone | null }) {
  const [text, setText] = useState('')
  const say = useMutation({
    mutationFn: ({ id, words }: { id: string; words: string }) =>
      call('sayForTwin', { params: { callId: id }, body: { text: words } }),
  })
  const speak = (words: string): void => {
    if (callId === null || words.trim() === '') return
    say.mutate({ id: callId, words: words.trim() })
    setText('')
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    speak(text)
  }
  return (
    <form className="say-box" onSubmit={submit}>
      <p className="muted">
        {microphone?.state === 'on'
          ? 'Offline: the stand-in understands what you type. Say it aloud as well, or keep quiet and it is spoken for you.'
          : 'Offline: the stand-in understands what you type. It is spoken for you.'}
      </p>
      <ul className="say-ideas" aria-label="Ideas">
        {IDEAS.map((idea) => (
          <li key={idea}>
            <button
              type="button"
              className="button button-small"
              disabled={callId === null}
              onClick={() => speak(idea)}
            >
              {idea}
            </button>
          </li>
        ))}
      </ul>
      <div className="say-line">
        <input
          className="input"
          aria-label="What the caller says"
          placeholder="Type what you say"
          maxLength={500}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button button-main" disabled={callId === null || text.trim() === ''}>
          <Icon name="right" />
          Say it
        </button>
      </div>
      {say.isError && (
        <p role="alert" className="form-wrong">
          {wordsOf(say.error)}
        </p>
      )}
    </form>
  )
}
