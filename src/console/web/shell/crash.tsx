/** Catches what breaks within a page, so that the rest of the console stands. */
import { Component, type ReactNode } from 'react'
import { EmptyState } from '../parts/empty.tsx'

export class Crash extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null }

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children
    // After an update of the server the files of the page that was open are gone.
    const stale = this.state.error instanceof TypeError && /import/i.test(this.state.error.message)
    return (
      <main id="page" className="page">
        <EmptyState
          icon="warning"
          title={stale ? 'The console was updated' : 'This page broke'}
          action={
            <button type="button" className="button button-main" onClick={() => location.reload()}>
              Load it again
            </button>
          }
        >
          {stale
            ? 'The server has a newer version of this page.'
            : 'It is a fault of ours, and nothing of the calls is lost. If it comes back, say what you did.'}
        </EmptyState>
      </main>
    )
  }
}
