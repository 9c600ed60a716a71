/** Why the call ended, in plain words, and who can do something about it. */
import { END_WORDS } from '../../../call/end-words.ts'
import type { CallRow } from '../../../call-log/rows.ts'
import { Icon } from '../parts/icon.tsx'

export function EndPanel({ call }: { call: CallRow }) {
  if (call.endReason === null) return null
  const { sentence, remedy } = END_WORDS[call.endReason]
  const tone = call.endFault !== null ? 'bad' : remedy === null ? 'plain' : 'warn'
  return (
    <section className={`end-panel end-${tone}`} aria-label="Why it ended">
      {tone !== 'plain' && <Icon name="warning" />}
      <div>
        <p>
          <Coded text={sentence} />
          {call.destination !== null && (
            <>
              {' '}
              Sent to <strong>{call.destination}</strong>.
            </>
          )}{' '}
          <span className="muted">
            <code>{call.endReason}</code>
            {call.endDetail !== '' && `: ${call.endDetail}`}
          </span>
        </p>
        {remedy !== null && (
          <p>
            <strong>Who can fix it:</strong> <Coded text={`${remedy.charAt(0).toLowerCase()}${remedy.slice(1)}`} />
          </p>
        )}
      </div>
    </section>
  )
}

/** What stands in backquotes is code. */
function Coded({ text }: { text: string }) {
  return text.split('`').map((part, at) => {
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
    return at % 2 === 1 ? <code key={at}>{part}</code> : part
  })
}
