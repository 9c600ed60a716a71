/** The test phone while it is used: who, how long, how loud, the keys, and the words as they are spoken. */
import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { Meter } from '../audio/meter.tsx'
import { sentence } from '../call/call-words.ts'
import { CaptionLines } from '../live/caption-lines.tsx'
import { useCaptions } from '../live/use-captions.ts'
import { Icon } from '../parts/icon.tsx'
import { useKeys } from '../shell/keys.tsx'
import { useSession } from '../shell/session.tsx'
import { duration, spokenDuration } from '../words/format.ts'
import { Keypad, PAD } from './keypad.tsx'
import type { LineState, PhoneLine } from './phone-line.ts'
import { SayBox } from './say-box.tsx'

/** On a screen like this the words come before the keys. */
const NARROW_PX = 819

export function InCall(props: {
  readonly line: PhoneLine
  readonly state: LineState
  readonly onAgain: () => void
  readonly onDone: () => void
}) {
  const { line, state } = props
  const { offline } = useSession()
  const captions = useCaptions(state.callId)
  const over = state.stage === 'over'
  useKeys('Test phone', [
    { key: 'm', does: 'Mute the microphone, or not', run: () => line.mute(!line.state.muted) },
    { key: 'x', does: 'Hang up', run: () => line.hangUp() },
    ...PAD.map((digit) => ({ key: digit, does: `Press ${digit}`, run: () => line.press(digit) })),
  ])
  useCarrierVoice(over ? (state.ended?.say ?? null) : null)
  return (
    <div className="phone">
      <section className="panel phone-body" aria-label="Phone">
        <div className="phone-who">
          <span className={`phone-emblem phone-${state.stage}`}>
            <Icon name="phone" />
          </span>
          <div>
            <h2>{state.agent}</h2>
            <p role="status" className={state.ended?.trouble === true ? 'tone-bad' : 'muted'}>
              {stageWords(state)}
            </p>
          </div>
          <Timer from={state.answeredAt} to={state.endedAt} />
        </div>
        {state.ended?.say != null && <p className="phone-said">“{state.ended.say}”</p>}
        {over ? (
          <div className="phone-after">
            {state.callId !== null && (
              <Link href={`/calls/${encodeURIComponent(state.callId)}`} className="button button-main">
                Look at this call
                <Icon name="right" />
              </Link>
            )}
            <button type="button" className="button" onClick={props.onAgain}>
              <Icon name="phone" />
              Call again
            </button>
            <button type="button" className="button button-plain" onClick={props.onDone}>
              Another agent
            </button>
          </div>
        ) : (
          <Controls line={line} state={state} />
        )}
      </section>
      <section className="panel phone-words" aria-label="What is said">
        <header className="panel-head">
          <h2>What is said</h2>
          <span className="muted">as the caller hears it</span>
        </header>
        <CaptionLines
          lines={captions.lines}
          over={over}
          empty={over ? 'Nothing was said.' : 'The words appear here as they are spoken.'}
        />
        {offline && !over && <SayBox callId={state.callId} microphone={state.microphone} />}
      </section>
    </div>
  )
}

function Controls({ line, state }: { line: PhoneLine; state: LineState }) {
  const watchSaid = useCallback((watcher: (level: number) => void) => line.watchLevels((said) => watcher(said)), [line])
  const watchHeard = useCallback(
    (watcher: (level: number) => void) => line.watchLevels((_, heard) => watcher(heard)),
    [line],
  )
  return (
    <>
      <div className="phone-meters">
        <Meter label={state.muted ? 'You (muted)' : 'You'} side="caller" watch={watchSaid} />
        <Meter label="Agent" side="agent" watch={watchHeard} />
      </div>
      {state.microphone?.state === 'off' && (
        <p className="phone-no-mic" role="alert">
          <Icon name="warning" />
          <span>{state.microphone.why} The call goes on without it.</span>
        </p>
      )}
      <details className="phone-pad" open={window.innerWidth > NARROW_PX}>
        <summary>Keypad</summary>
        <Keypad digits={state.digits} disabled={state.stage !== 'talking'} onPress={(digit) => line.press(digit)} />
      </details>
      <div className="phone-actions">
        <button
          type="button"
          className={state.muted ? 'button button-on' : 'button'}
          aria-pressed={state.muted}
          disabled={state.microphone?.state !== 'on'}
          onClick={() => line.mute(!state.muted)}
        >
          {state.muted ? 'Unmute' : 'Mute'}
        </button>
        <button type="button" className="button phone-hang-up" onClick={() => line.hangUp()}>
          <Icon name="phone" />
          Hang up
        </button>
      </div>
    </>
  )
}

function stageWords(state: LineState): string {
  switch (state.stage) {
    case 'dialling':
      return 'Asking for the microphone…'
    case 'ringing':
      return 'Calling…'
    case 'talking':
      return 'Connected'
    case 'coming-back':
      return 'The connection broke; trying to come back…'
    case 'over':
      return `${sentence(state.ended?.why ?? 'The call is over')}.`.replace(/([.?!])\.$/, '$1')
  }
}

function Timer({ from, to }: { from: number | null; to: number | null }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (from === null || to !== null) return
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [from, to])
  if (from === null) return null
  const ms = Math.max(0, (to ?? now) - from)
  return (
    <span className="phone-timer figure" role="timer" aria-label={spokenDuration(ms)}>
      {duration(Math.floor(ms / 1000) * 1000)}
    </span>
  )
}

/** A carrier says the last sentence in a voice of its own; here the browser lends one. */
function useCarrierVoice(say: string | null): void {
  useEffect(() => {
    if (say === null || !('speechSynthesis' in window)) return
    window.speechSynthesis.speak(new SpeechSynthesisUtterance(say))
    return () => window.speechSynthesis.cancel()
  }, [say])
}
