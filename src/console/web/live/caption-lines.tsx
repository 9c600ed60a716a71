/** The lines of a live call, newest at the foot, which stays in sight until somebody scrolls up. */
import { useEffect, useRef } from 'react'
import type { Caption } from '../../contract/live.ts'
import { place, TOOL_WORDS } from '../call/call-words.ts'
import { Badge } from '../parts/badge.tsx'
import { wait } from '../words/format.ts'

/** So near to the foot counts as being there. */
const NEAR_PX = 60

export function CaptionLines(props: {
  readonly lines: readonly Caption[]
  /** The call is over: nothing goes on being said. */
  readonly over: boolean
  readonly empty: string
}) {
  const { lines, empty } = props
  const box = useRef<HTMLDivElement>(null)
  const stays = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the lines are others
  useEffect(() => {
    const element = box.current
    if (element !== null && stays.current) element.scrollTop = element.scrollHeight
  }, [lines])
  return (
    <div
      ref={box}
      className={props.over ? 'captions captions-over' : 'captions'}
      role="log"
      aria-label="Captions"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        stays.current = scrollHeight - scrollTop - clientHeight < NEAR_PX
      }}
    >
      {lines.length === 0 && <p className="muted captions-empty">{empty}</p>}
      {lines.map((line) => (
        <CaptionLine key={line.lineId} line={line} />
      ))}
    </div>
  )
}

function CaptionLine({ line }: { line: Caption }) {
  switch (line.type) {
    case 'said':
      return (
        <div className={`caption caption-${line.by}${line.final ? '' : ' caption-open'}`}>
          <span className="caption-who">
            {line.by === 'caller' ? 'Caller' : 'Agent'} <span className="muted figure">{place(line.atMs)}</span>
          </span>
          <p className="caption-words">
            {line.text}
            {line.unheard !== '' && (
              <>
                {' '}
                <del className="unheard">
                  <span className="visually-hidden">Not heard by the caller: </span>
                  {line.unheard}
                </del>
              </>
            )}
            {!line.final && line.text === '' && <span className="muted">…</span>}
          </p>
        </div>
      )
    case 'tool': {
      const words = Object.entries(TOOL_WORDS).find(([status]) => status === line.status)?.[1]
      return (
        <div className="caption caption-tool">
          <code>{line.name}</code>
          <Badge tone={words?.tone ?? 'accent'}>{words?.label ?? 'Running'}</Badge>
          {line.tookMs !== null && <span className="muted figure">{wait(line.tookMs)}</span>}
          <details>
            <summary>Details</summary>
            <code className="caption-payload">{line.arguments}</code>
            {line.output !== '' && <code className="caption-payload">{line.output}</code>}
          </details>
        </div>
      )
    }
    case 'note':
      return <p className="caption caption-note muted">{line.text}</p>
    case 'ended':
      return null
  }
}
