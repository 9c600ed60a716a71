/** How loud somebody is. It is drawn past React: fifty times a second. */
import { useEffect, useRef } from 'react'

export function Meter(props: {
  readonly label: string
  readonly side: 'caller' | 'agent'
  /** @returns stops the watching */
  readonly watch: (watcher: (level: number) => void) => () => void
}) {
  const bar = useRef<HTMLSpanElement>(null)
  const { watch } = props
  useEffect(() => {
    let shown = 0
    return watch((level) => {
      // Up at once, down slowly: the eye cannot follow a voice.
      shown = Math.max(level, shown * 0.86)
      if (bar.current !== null) bar.current.style.transform = `scaleX(${shown.toFixed(3)})`
    })
  }, [watch])
  return (
    <div className="meter">
      <span className="meter-label">{props.label}</span>
      <span className="meter-track" aria-hidden="true">
        <span ref={bar} className={`meter-bar meter-${props.side}`} />
      </span>
    </div>
  )
}
