/** The frame of a page: its title, in the window and at its head, and what can be done on it. */
import { type ReactNode, useEffect } from 'react'

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Earshot' : `${title} · Earshot`
  }, [title])
}

export function Page(props: {
  readonly title: string
  /** Beside the title: a badge, a count. */
  readonly beside?: ReactNode
  readonly actions?: ReactNode
  /** The page fills the window and scrolls inside, as a long list does. */
  readonly full?: boolean
  readonly children: ReactNode
}) {
  useTitle(props.title)
  return (
    <main id="page" tabIndex={-1} className={props.full === true ? 'page page-full' : 'page'}>
      <header className="page-head">
        <h1>{props.title}</h1>
        {props.beside}
        {props.actions !== undefined && <div className="page-actions">{props.actions}</div>}
      </header>
      {props.children}
    </main>
  )
}
