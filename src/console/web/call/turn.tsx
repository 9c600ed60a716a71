/** One turn: its words, which light up as they sound, how long it was waited for, why it ended, and the tools it called. */
import { memo, useEffect, useMemo, useRef } from 'react'
import { place, turnEndWords } from './call-words.ts'
import { LatencyBar } from './latency-bar.tsx'
import { type Playhead, useHead } from './playhead.ts'
import type { TurnEntry } from './story.ts'
import { ToolCall } from './tool-call.tsx'
import { timeWords, wordAt } from './word-times.ts'

export const Turn = memo(function Turn(props: {
  readonly entry: TurnEntry
  readonly head: Playhead
  readonly current: boolean
  readonly longestMs: number
}) {
  const { entry, head, current } = props
  const { line } = entry
  const element = useRef<HTMLElement>(null)
  const heard = line.by === 'caller' ? line.text : line.heardText
  const words = useMemo(() => timeWords(heard, line.atMs, line.endMs), [heard, line.atMs, line.endMs])
  const lit = useHead(head, ({ timeMs }) => (current ? wordAt(words, timeMs) : -1))
  // What sounds stays in sight; so does the turn that a link led to.
  const wanted = useHead(head, ({ state, timeMs }) => current && (state.playing || timeMs > 0))
  useEffect(() => {
    if (!wanted) return
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    element.current?.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' })
  }, [wanted])
  const ended = turnEndWords(entry.ended)
  const who = line.by === 'caller' ? 'Caller' : 'Agent'
  const go = (atMs: number): void => (head.audible ? head.play(atMs) : head.seek(atMs))
  return (
    <article
      ref={element}
      className={`turn turn-${line.by}${current ? ' turn-current' : ''}`}
      aria-label={`${who} at ${place(line.atMs)}`}
      aria-current={current || undefined}
      data-turn={entry.key}
    >
      <button
        type="button"
        className="turn-time figure"
        aria-label={`${head.audible ? 'Play' : 'Go to'} ${place(line.atMs)}`}
        onClick={() => go(line.atMs)}
      >
        {place(line.atMs)}
      </button>
      <div className="turn-body">
        <h3 className="turn-who">{who}</h3>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: a shortcut for the pointer; the keyboard has the time of the turn, J, K and the arrows */}
        <p
          className="turn-words"
          onClick={(event) => {
            const word = event.target instanceof Element ? event.target.closest('[data-word]') : null
            const at = word === null ? undefined : words[Number(word.getAttribute('data-word'))]
            // Who marks words to copy them does not want to hear them.
            if (at !== undefined && window.getSelection()?.isCollapsed !== false) go(at.fromMs)
          }}
        >
          {words.map((word, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a word is its place
            <span key={at}>
              <span className={at === lit ? 'word word-now' : 'word'} data-word={at}>
                {word.text}
              </span>{' '}
            </span>
          ))}
          {line.by === 'agent' && line.unheardText !== '' && (
            <del className="unheard" title="Said by the agent and never heard by the caller">
              <span className="visually-hidden">Not heard by the caller: </span>
              {line.unheardText}
              <span className="visually-hidden"> End of what was not heard.</span>
            </del>
          )}
          {heard === '' && (line.by === 'caller' || line.unheardText === '') && (
            <span className="muted">{line.by === 'caller' ? 'Nothing that could be understood' : 'No words'}</span>
          )}
        </p>
        <div className="turn-foot">
          {line.by === 'agent' && line.latency !== null && (
            <LatencyBar latency={line.latency} longestMs={props.longestMs} />
          )}
          <span className={ended.tone === 'plain' ? 'turn-end muted' : `turn-end tone-${ended.tone}`}>
            {ended.text}
          </span>
        </div>
        {entry.tools.map((tool) => (
          <ToolCall key={tool.toolCallId} tool={tool} onSeek={go} />
        ))}
      </div>
    </article>
  )
})
