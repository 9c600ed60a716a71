/** Play, the time, the speed, and whether silences are skipped. */
import { Icon } from '../parts/icon.tsx'
import { duration } from '../words/format.ts'
import { place } from './call-words.ts'
import { type Playhead, useHead } from './playhead.ts'
import { SPEEDS } from './speeds.ts'

export function Transport({ head, durationMs }: { head: Playhead; durationMs: number }) {
  const state = useHead(head, (each) => each.state)
  return (
    <div className="transport">
      <button
        type="button"
        className="button button-main transport-play"
        aria-keyshortcuts="Space"
        disabled={state.trouble !== null}
        onClick={() => head.toggle()}
      >
        <Icon name={state.playing ? 'pause' : 'play'} />
        {state.playing ? 'Pause' : 'Play'}
      </button>
      <Clock head={head} durationMs={durationMs} />
      <label className="transport-speed">
        <span className="visually-hidden">Speed</span>
        <select className="select" value={state.speed} onChange={(event) => head.setSpeed(Number(event.target.value))}>
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <label className="choice">
        <input
          type="checkbox"
          checked={state.skipsSilence}
          onChange={(event) => head.skipSilence(event.target.checked)}
        />
        Skip silences
      </label>
      {state.trouble !== null && (
        <p role="alert" className="tone-bad">
          {state.trouble}
        </p>
      )}
    </div>
  )
}

/** Where the play head is, for the eye: the slider says it to screen readers. */
export function Clock({ head, durationMs }: { head: Playhead; durationMs: number }) {
  const second = useHead(head, ({ timeMs }) => Math.floor(timeMs / 1000))
  return (
    <span className="transport-clock figure" aria-hidden="true">
      {place(second * 1000)} <span className="muted">/ {duration(durationMs)}</span>
    </span>
  )
}
