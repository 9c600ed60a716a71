/** What a page says when it has nothing to show, and what can be done about that. */
import type { ReactNode } from 'react'
import { wordsOf } from '../api/call.ts'
import { Icon, type IconName } from './icon.tsx'

export function EmptyState(props: {
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <div className="empty">
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
      {props.children !== undefined && <div className="empty-words">{props.children}</div>}
      {props.action}
    </div>
  )
}

/** A part of a page that could not be loaded. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className="empty" role="alert">
      <Icon name="warning" />
      <h2>This could not be loaded</h2>
      <p className="empty-words">{wordsOf(error)}</p>
      {onRetry !== undefined && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
