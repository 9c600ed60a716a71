/** All that was said and done, in the order in which it was heard. */
import type { ReactNode } from 'react'
import { Icon } from '../parts/icon.tsx'
import { operatorWords, place, sentence, troubleWords } from './call-words.ts'
import { LatencyLegend, longestWait } from './latency-bar.tsx'
import { type Playhead, useHead } from './playhead.ts'
import { type Entry, type LineOf, type TurnEntry, turnAt } from './story.ts'
import { ToolCall } from './tool-call.tsx'
import './transcript.css'
import { Turn } from './turn.tsx'

export function Transcript(props: {
  readonly entries: readonly Entry[]
  readonly turns: readonly TurnEntry[]
  readonly head: Playhead
}) {
  const { entries, turns, head } = props
  const current = useHead(head, ({ timeMs }) => turnAt(turns, timeMs))
  const longestMs = longestWait(turns.map(({ line }) => (line.by === 'agent' ? line.latency : null)))
  const timed = turns.some(({ line }) => line.by === 'agent' && line.latency !== null)
  return (
    <section className="panel transcript" aria-label="Transcript">
      <header className="panel-head">
        <h2>What was said</h2>
        {timed && <LatencyLegend />}
      </header>
      <div className="transcript-lines">
        {entries.length === 0 && (
          <p className="panel-body muted">Nothing was said, or the words of this call were erased.</p>
        )}
        {entries.map((entry) => (
          <Line key={entry.key} entry={entry} head={head} current={turns[current] === entry} longestMs={longestMs} />
        ))}
      </div>
    </section>
  )
}

function Line(props: {
  readonly entry: Entry
  readonly head: Playhead
  readonly current: boolean
  readonly longestMs: number
}) {
  const { entry, head } = props
  switch (entry.kind) {
    case 'turn':
      return <Turn entry={entry} head={head} current={props.current} longestMs={props.longestMs} />
    case 'tools':
      return (
        <div className="turn turn-aside">
          <span />
          <div className="turn-body">
            <h3 className="turn-who">Before anybody spoke</h3>
            {entry.tools.map((tool) => (
              <ToolCall key={tool.toolCallId} tool={tool} onSeek={(atMs) => head.seek(atMs)} />
            ))}
          </div>
        </div>
      )
    case 'keys':
      return (
        <Aside atMs={entry.atMs} head={head}>
          <span>
            The caller pressed <kbd>{entry.digits}</kbd>
          </span>
        </Aside>
      )
    case 'mark':
      return <Mark line={entry.line} head={head} />
  }
}

function Mark({ line, head }: { line: LineOf<'trouble'> | LineOf<'note'> | LineOf<'operator'>; head: Playhead }) {
  if (line.by === 'note')
    return (
      <Aside atMs={line.atMs} head={head}>
        {sentence(line.text)}
      </Aside>
    )
  if (line.by === 'operator')
    return (
      <Aside atMs={line.atMs} head={head} kind="operator">
        <span>
          <strong>{operatorWords(line)}</strong>
          {line.text !== '' && <>: {line.text}</>}
        </span>
      </Aside>
    )
  const words = troubleWords(line.code)
  return (
    <Aside atMs={line.atMs} head={head} kind="trouble">
      <Icon name="warning" />
      <span>
        <strong>{words === null ? sentence(line.text) : sentence(words.what)}</strong>
        {words !== null && line.text !== '' && <>: {line.text}</>}
        {words !== null && <span className="muted"> Who can mend it: {words.who}.</span>}
      </span>
    </Aside>
  )
}

function Aside(props: {
  readonly atMs: number
  readonly head: Playhead
  readonly kind?: 'trouble' | 'operator'
  readonly children: ReactNode
}) {
  return (
    <div className={`turn turn-aside${props.kind === undefined ? '' : ` turn-${props.kind}`}`}>
      <button type="button" className="turn-time figure" onClick={() => props.head.seek(props.atMs)}>
        {place(props.atMs)}
      </button>
      <div className="aside-words">{props.children}</div>
    </div>
  )
}
