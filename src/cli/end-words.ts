/** Why a call ended, in words for people. */
import type { EndReason } from '../call/end-reason.ts'

const WORDS: Readonly<Record<EndReason, string>> = {
  'caller-hung-up': 'the caller hung up',
  'agent-ended': 'the agent said goodbye and hung up',
  transferred: 'the caller was connected with someone else',
  'max-length': 'the call reached its longest allowed length',
  'over-budget': 'the call reached its highest allowed cost',
  'operator-hung-up': 'an operator hung up',
  drained: 'the server was being stopped',
  'stream-not-opened': 'the carrier never opened the media stream',
  'stream-lost': 'the media stream broke and did not come back',
  'no-media': 'no more sound came from the caller',
  'bad-media': 'the sound from the carrier could not be read',
  'model-refused': 'the model refused the session',
  'model-lost': 'the connection to the model was lost',
  'model-silent': 'the model did not answer',
  'internal-error': 'a fault of Earshot ended the call',
  interrupted: 'the server stopped without ending the call',
}

/** @param reason null: the call is live. One that this version does not know is given back as it is. */
export function endInWords(reason: string | null): string {
  if (reason === null) return 'still live'
  return Object.entries(WORDS).find(([known]) => known === reason)?.[1] ?? reason
}
