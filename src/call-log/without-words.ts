/** An event with its words taken out: what was said, keys pressed, arguments, results, notes. Its fields, times and figures stay. */
import type { EventBody } from '../call/events.ts'

/** @returns the same object when there are no words in it */
export function withoutWords(body: EventBody): EventBody {
  switch (body.type) {
    case 'caller-said':
      return { ...body, text: '' }
    case 'agent-said':
      return { ...body, heardText: '', unheardText: '' }
    case 'tool-reserved':
      return { ...body, arguments: '' }
    case 'tool-finished':
      return { ...body, output: '' }
    case 'note':
      return { ...body, text: '' }
    case 'dtmf':
      return { ...body, digit: '' }
    case 'operator-acted':
      return body.action === 'whispered' ? { ...body, detail: '' } : body
    case 'call-ended':
      // What the model gave as its reason may quote the caller.
      return body.reason === 'agent-ended' || body.reason === 'transferred' ? { ...body, detail: '' } : body
    default:
      return body
  }
}
