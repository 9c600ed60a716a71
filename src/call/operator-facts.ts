/** What a person who watches over a call does to it. Rules OP1–OP6 in RULES.md. */
import { change, type Draft, record, tellModel } from './draft.ts'
import { finish, HANG_UP } from './ending.ts'
import type { OperatorFact } from './facts.ts'
import { cutOff } from './leg-facts.ts'
import { noted } from './transcript.ts'

export function onOperatorFact(draft: Draft, fact: OperatorFact): void {
  const { who } = fact
  switch (fact.type) {
    case 'operator-listened':
      return record(draft, { type: 'operator-acted', who, action: 'listened', detail: '' })
    case 'operator-whispered':
      record(draft, { type: 'operator-acted', who, action: 'whispered', detail: fact.text })
      return whisper(draft, fact.text)
    case 'operator-took-over':
      record(draft, { type: 'operator-acted', who, action: 'took-over', detail: fact.destination })
      return takeOver(draft, fact.destination, fact.say)
    case 'operator-hung-up':
      record(draft, { type: 'operator-acted', who, action: 'hung-up', detail: '' })
      return finish(draft, 'operator-hung-up', 'an operator hung up', HANG_UP)
  }
}

/** The caller must not be able to pass for the operator: the model is told where these words come from. [OP2] */
function whisper(draft: Draft, words: string): void {
  const text = `Instruction from the operator of this line, who follows the call and whom the caller cannot hear: ${words}`
  // Told before it is noted: a session that has been opened already knows the notes of that moment, and no later ones. [OP3]
  tellModel(draft, text)
  change(draft, { lines: noted(draft.call.lines, text) })
}

/** The caller stops hearing the agent before the line goes elsewhere, and the model learns how much was heard. [OP4] */
function takeOver(draft: Draft, destination: string, say: string | null): void {
  cutOff(draft)
  const next = { type: 'transfer', destination, ...(say === null ? {} : { say }) } as const
  finish(draft, 'transferred', `to ${destination}: an operator took over`, next)
}
