/** Whether a call's audio is kept, and who has agreed to it. Rules RE1–RE5 in RULES.md. */
import { type Agreement, ALLOW_RECORDING, askFor } from './agreements.ts'
import { canonicalJson } from './canonical-json.ts'
import { change, command, type Draft, record } from './draft.ts'
import type { EventBody } from './events.ts'
import { NO_RECORDING } from './state.ts'

type Stopped = Extract<EventBody, { type: 'recording-stopped' }>

const WORDS_CUT_MOST = 2
/** A question of so few words must be heard to its end. */
const WORDS_FEW = 5
const YES = `${ALLOW_RECORDING} ${canonicalJson('{"allowed":true}')}`
const NO = `${ALLOW_RECORDING} ${canonicalJson('{"allowed":false}')}`

/** The first stream is there: an agent that records does so from here on. [RE1] */
export function recordFromStart(draft: Draft): void {
  if (draft.call.setup.recording.mode === 'on') startRecording(draft, 'not-asked')
}

function startRecording(draft: Draft, consent: 'not-asked' | 'given'): void {
  if (draft.call.recording.state !== 'none') return
  change(draft, { recording: { state: 'kept', sinceMs: draft.nowMs } })
  command(draft, { type: 'start-recording' })
  record(draft, { type: 'recording-started', consent })
}

/** @param keptMs how much of it there is; default all of it until now */
export function stopRecording(draft: Draft, why: Stopped['why'], detail: string, keptMs?: number): void {
  const { recording } = draft.call
  if (recording.state !== 'kept') return
  change(draft, { recording: why === 'failed' ? { state: 'failed' } : NO_RECORDING })
  command(draft, { type: 'stop-recording', erase: why === 'consent-withdrawn' })
  record(draft, { type: 'recording-stopped', why, detail, keptMs: keptMs ?? draft.nowMs - recording.sinceMs })
}

/** Whether a tool call says that the caller agreed: it waits for their answer. Only a plain no needs none. [RE2, RE3] */
export function saysYes(name: string, key: string): boolean {
  return name === ALLOW_RECORDING && key !== NO
}

/** What the caller said, once it counts. [RE2, RE3] */
export function recordingAllowed(draft: Draft, allowed: boolean): void {
  if (draft.call.setup.recording.mode !== 'after_consent') return
  if (allowed) return startRecording(draft, 'given')
  // A yes from before counts no more.
  change(draft, { agreements: draft.call.agreements.filter(({ name }) => name !== ALLOW_RECORDING) })
  stopRecording(draft, 'consent-withdrawn', 'the caller does not want to be recorded', 0)
}

/** Whether what the caller has heard is the question, which their next turn then answers. [RE2] */
export function questionHeard(draft: Draft, responseId: string, heardText: string): void {
  const { setup, agreements, lines, recording } = draft.call
  if (setup.recording.mode !== 'after_consent' || recording.state !== 'none') return
  const question = core(setup.recording.ask)
  if (question === '' || !plain(heardText).includes(question)) return
  if (agreements.some(({ key, state }) => key === YES && state !== 'asked')) return
  const asked: Omit<Agreement, 'state'> = {
    key: YES,
    name: ALLOW_RECORDING,
    why: 'confirm',
    responseId,
    lines: lines.length,
  }
  change(draft, {
    agreements: askFor(agreements, asked).map((each) => (each.key === YES ? { ...each, state: 'read-back' } : each)),
  })
}

/** People answer before the last words are out: without those, what they answer is the same. */
function core(question: string): string {
  const words = plain(question).split(' ')
  return words.slice(0, words.length > WORDS_FEW ? -WORDS_CUT_MOST : undefined).join(' ')
}

/** Letters and digits alone: a model's words differ from the YAML in punctuation and case. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
