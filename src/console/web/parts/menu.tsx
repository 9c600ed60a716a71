/** A button with a panel below it, that closes on Escape, on a click elsewhere, and after a choice. */
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Icon, type IconName } from './icon.tsx'

export function Menu(props: {
  readonly label: string
  readonly icon?: IconName
  /** Shown in place of the label. */
  readonly face?: ReactNode
  readonly className?: string
  readonly align?: 'start' | 'end'
  /** @param close closes the panel */
  readonly children: (close: () => void) => ReactNode
}) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const panel = useId()
  useEffect(() => {
    if (!open) return
    const onPointer = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) setOpen(false)
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      setOpen(false)
      button.current?.focus()
    }
    document.addEventListener('pointerdown', onPointer)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('pointerdown', onPointer)
      document.removeEventListener('keydown', onKey)
    }
  }, [open])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that the focus has left
    <div
      className="menu"
      ref={root}
      onBlur={(event) => {
        if (event.relatedTarget !== null && !event.currentTarget.contains(event.relatedTarget)) setOpen(false)
      }}
    >
      <button
        ref={button}
        type="button"
        className={props.className ?? 'button'}
        aria-expanded={open}
        aria-controls={open ? panel : undefined}
        aria-label={props.face === undefined ? undefined : props.label}
        onClick={() => setOpen(!open)}
      >
        {props.icon !== undefined && <Icon name={props.icon} />}
        {props.face ?? props.label}
        <Icon name="down" />
      </button>
      {open && (
        <div id={panel} className={`menu-panel menu-${props.align ?? 'start'}`}>
          {props.children(() => {
            setOpen(false)
            button.current?.focus()
          })}
        </div>
      )}
    </div>
  )
}
