/** A native modal dialog: the browser keeps the focus inside, closes it on Escape, and gives the focus back. */
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Icon } from './icon.tsx'

export function Dialog(props: {
  readonly title: string
  readonly onClose: () => void
  readonly wide?: boolean
  readonly children: ReactNode
  /** Buttons, at the foot. */
  readonly actions?: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  useEffect(() => {
    const element = dialog.current
    if (element !== null && !element.open) element.showModal()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it; the keyboard has Escape, by the browser.
    <dialog
      ref={dialog}
      aria-labelledby={title}
      className={props.wide === true ? 'dialog dialog-wide' : 'dialog'}
      onClose={props.onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div className="dialog-inside">
        <header className="dialog-head">
          <h2 id={title}>{props.title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        <div className="dialog-body">{props.children}</div>
        {props.actions !== undefined && <footer className="dialog-actions">{props.actions}</footer>}
      </div>
    </dialog>
  )
}

/** Asks before something that cannot be taken back. */
export function Confirm(props: {
  readonly title: string
  readonly does: string
  readonly busy?: boolean
  readonly onYes: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      actions={
        <>
          <button type="button" className="button" onClick={props.onClose}>
            Cancel
          </button>
          <button type="button" className="button button-bad" disabled={props.busy === true} onClick={props.onYes}>
            {props.does}
          </button>
        </>
      }
    >
      {props.children}
    </Dialog>
  )
}
