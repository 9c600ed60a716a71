/** Why a call ended, in words for people: in few, in a sentence, and who can do something about it. docs/end-reasons.md has the sentences. */
import type { EndReason } from './end-reason.ts'

interface EndWords {
  /** Goes on after "Ended: ". */
  readonly short: string
  readonly sentence: string
  /** Who can change it and where they begin; null when nothing is amiss. */
  readonly remedy: string | null
}

export const END_WORDS: Readonly<Record<EndReason, EndWords>> = {
  'caller-hung-up': { short: 'the caller hung up', sentence: 'The caller hung up.', remedy: null },
  'agent-ended': {
    short: 'the agent said goodbye and hung up',
    sentence: 'The agent said goodbye, the caller heard it, and the agent hung up.',
    remedy: null,
  },
  transferred: {
    short: 'the caller was connected with someone else',
    sentence: "The agent, or an operator who took over, handed the caller to one of the agent's destinations.",
    remedy: null,
  },
  'max-length': {
    short: 'the call reached its longest allowed length',
    sentence: "The call had lasted as long as the agent's `limits.maxMinutes` allows, and was wrapped up.",
    remedy: 'Whoever writes the agent: raise `limits.maxMinutes`, or see what kept the call from its end.',
  },
  'over-budget': {
    short: 'the call reached its highest allowed cost',
    sentence: "The call had cost as much as the agent's `limits.maxCostUsd` allows, and was wrapped up.",
    remedy: 'Whoever writes the agent: raise `limits.maxCostUsd`, or choose a cheaper model or shorter instructions.',
  },
  'operator-hung-up': {
    short: 'an operator hung up',
    sentence: "Somebody on the operator's side ended it.",
    remedy: null,
  },
  drained: {
    short: 'the server was being stopped',
    sentence: 'The server was stopped, and the call did not end by itself in the time it was given.',
    remedy: 'Whoever runs the server: stop it when it is quiet, or give calls more time to end.',
  },
  'stream-not-opened': {
    short: 'the carrier never opened the media stream',
    sentence: 'The call was answered, but the carrier never opened the media stream.',
    remedy:
      'Whoever runs the server: see that the carrier can reach it at PUBLIC_URL by a WebSocket; else ask the carrier.',
  },
  'stream-lost': {
    short: 'the media stream broke and did not come back',
    sentence: 'The media stream broke and did not come back.',
    remedy:
      'Whoever runs the server: see whether the network or a proxy in front of it cuts sockets; else ask the carrier.',
  },
  'no-media': {
    short: 'no more sound came from the caller',
    sentence: 'The stream was open, but no caller audio came for ten seconds.',
    remedy: 'The carrier: its stream was open and brought nothing.',
  },
  'bad-media': {
    short: 'the sound from the carrier could not be read',
    sentence: 'Fifty frames in a row could not be read.',
    remedy: 'The carrier: what it sent was not the audio that it had announced.',
  },
  'model-refused': {
    short: 'the model refused the session',
    sentence: 'The provider would not open a session: a wrong key, an unknown model, no credit.',
    remedy: 'Whoever runs the server: look at the key, the name of the model and the credit with the provider.',
  },
  'model-lost': {
    short: 'the connection to the model was lost',
    sentence: 'The session could not be opened, or was lost and could not be replaced, or two answers in a row failed.',
    remedy: 'The provider of the model: its status page may tell. When it happens often, look at the network between.',
  },
  'model-silent': {
    short: 'the model did not answer',
    sentence: 'The model did not answer, and not when it was asked again either.',
    remedy: 'The provider of the model: its status page may tell.',
  },
  'internal-error': {
    short: 'a fault of Earshot ended the call',
    sentence: "A bug in Earshot ended this call; the server's log has the stack.",
    remedy: "Whoever runs the server: the server's log has the stack; please report it.",
  },
  interrupted: {
    short: 'the server stopped without ending the call',
    sentence: 'The server stopped without ending the call (a crash, a power cut); found at the next start.',
    remedy: 'Whoever runs the server: find out what stopped it.',
  },
}

/** @param reason null: the call is live. One that this version does not know is given back as it is. */
export function endInWords(reason: string | null): string {
  if (reason === null) return 'still live'
  return Object.entries(END_WORDS).find(([known]) => known === reason)?.[1].short ?? reason
}
