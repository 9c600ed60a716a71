/** Why a call ended: a closed list, each with its family and who could have changed it. docs/end-reasons.md says the same in plain words. */

export const END_REASONS = {
  'caller-hung-up': { family: 'caller', fault: null },
  'agent-ended': { family: 'agent', fault: null },
  transferred: { family: 'agent', fault: null },
  'max-length': { family: 'limit', fault: null },
  'over-budget': { family: 'limit', fault: null },
  'operator-hung-up': { family: 'operator', fault: null },
  drained: { family: 'operator', fault: null },
  'stream-not-opened': { family: 'carrier', fault: 'carrier' },
  'stream-lost': { family: 'carrier', fault: 'carrier' },
  'no-media': { family: 'carrier', fault: 'carrier' },
  'bad-media': { family: 'carrier', fault: 'carrier' },
  'model-refused': { family: 'model', fault: 'provider' },
  'model-lost': { family: 'model', fault: 'provider' },
  'model-silent': { family: 'model', fault: 'provider' },
  'internal-error': { family: 'earshot', fault: 'earshot' },
  interrupted: { family: 'earshot', fault: 'earshot' },
} as const

export type EndReason = keyof typeof END_REASONS
export const END_REASON_NAMES = Object.keys(END_REASONS) as [EndReason, ...EndReason[]]
