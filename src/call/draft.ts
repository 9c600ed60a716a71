/** The working copy of one step: what the call becomes, and what it asks for. It lives no longer than the step. */
import type { CallCommand } from './commands.ts'
import { cancelDeadline, type DeadlineName, setDeadline } from './deadlines.ts'
import type { EventBody } from './events.ts'
import type { Call } from './state.ts'

export interface Draft {
  call: Call
  readonly commands: CallCommand[]
  readonly nowMs: number
}

export function change(draft: Draft, part: Partial<Call>): void {
  draft.call = { ...draft.call, ...part }
}

export function command(draft: Draft, ...commands: readonly CallCommand[]): void {
  draft.commands.push(...commands)
}

export function record(draft: Draft, event: EventBody): void {
  draft.commands.push({ type: 'record', event })
}

/** Tells the model something without asking it to speak: now, or when its session is ready. */
export function tellModel(draft: Draft, text: string): void {
  if (draft.call.session.state === 'ready') command(draft, { type: 'tell-model', text })
  else change(draft, { untold: [...draft.call.untold, text] })
}

export function setAlarm(draft: Draft, name: DeadlineName, atMs: number): void {
  if (draft.call.deadlines.get(name) === atMs) return
  change(draft, { deadlines: setDeadline(draft.call.deadlines, name, atMs) })
}

export function stopAlarm(draft: Draft, name: DeadlineName): void {
  const deadlines = cancelDeadline(draft.call.deadlines, name)
  if (deadlines !== draft.call.deadlines) change(draft, { deadlines })
}
