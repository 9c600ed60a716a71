/**
 * A button with a panel below it, that closes on Escape, on a click elsewhere, and after a choice. The panel is a popover:
 * it lies over everything, also over what would cut it off, as a table that scrolls does.
 */
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
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
  const panel = useRef<HTMLDivElement>(null)
  const panelId = useId()
  const align = props.align ?? 'start'
  useLayoutEffect(() => {
    if (open && panel.current !== null && button.current !== null) show(panel.current, button.current, align)
  }, [open, align])
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
    const onMoved = (): void => setOpen(false)
    document.addEventListener('keydown', onKey)
    window.addEventListener('resize', onMoved)
    return () => {
      window.removeEventListener('resize', onMoved)
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
        aria-controls={open ? panelId : undefined}
        aria-label={props.face === undefined ? undefined : props.label}
        onClick={() => setOpen(!open)}
      >
        {props.icon !== undefined && <Icon name={props.icon} />}
        {props.face ?? props.label}
        <Icon name="down" />
      </button>
      {open && (
        <div ref={panel} id={panelId} popover="manual" className="menu-panel">
          {props.children(() => {
            setOpen(false)
            button.current?.focus()
          })}
        </div>
      )}
    </div>
  )
}

/** Below the button where there is room, else above it, and within the window. */
function show(panel: HTMLElement, button: HTMLElement, align: 'start' | 'end'): void {
  panel.showPopover()
  const at = button.getBoundingClientRect()
  const { offsetWidth, offsetHeight } = panel
  const left = align === 'start' ? at.left : at.right - offsetWidth
  const below = at.bottom + 4
  const fits = below + offsetHeight <= innerHeight - 8 || at.top - 4 - offsetHeight < 8
  panel.style.setProperty('--menu-left', `${Math.max(8, Math.min(left, innerWidth - 8 - offsetWidth))}px`)
  panel.style.setProperty('--menu-top', `${fits ? below : at.top - 4 - offsetHeight}px`)
  panel.style.setProperty('--menu-room', `${innerHeight - below - 12}px`)
}
