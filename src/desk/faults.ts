/** Why the desk does not do what it was asked for. The routes turn each into an answer; docs/people.md explains them. */
import { TURNED_AWAY } from '../console/contract/turned-away.ts'

const DESK_FAULTS = {
  ...TURNED_AWAY,
  WRONG_SIGN_IN: 'The e-mail address or the password is wrong.',
  WRONG_PASSWORD: 'The present password is wrong.',
  LINK_USED: 'This link was used already, has expired, or was never made here: ask for another one.',
  SLOW_DOWN: 'Too many attempts: wait a moment, then try again.',
  BUSY: 'Too many people sign in at this moment: try again in a few seconds.',
  WEAK_PASSWORD: 'This password is one of the first that others would try: choose another one.',
  NAME_TAKEN: 'There is a user or a key of this name already: what people do is told by their names.',
  SET_UP_ALREADY: 'Somebody can sign in already: ask an admin for an account.',
  NO_SUCH_USER: 'There is no such user.',
  NO_SUCH_KEY: 'There is no such key.',
  NO_SUCH_VIEW: 'There is no view of this name.',
  NO_SUCH_SHARE: 'This link has expired, or leads to a call that is gone.',
  LAST_ADMIN: 'This is the last admin who can sign in: make another one first.',
  ROLE_FROM_PROVIDER: 'The role of this user comes from the identity provider: change it there.',
  PASSWORD_FROM_PROVIDER: 'This user signs in through the identity provider and has no password here.',
  TOO_MANY: 'There are too many of these already: take one away first.',
} as const
export type DeskFault = keyof typeof DESK_FAULTS

export class DeskError extends Error {
  override readonly name = 'DeskError'
  readonly code: DeskFault
  /** How long to wait before the next attempt. */
  readonly retryAfterMs: number | null

  constructor(
    code: DeskFault,
    more: { readonly retryAfterMs?: number; readonly detail?: string; readonly cause?: unknown } = {},
  ) {
    super(more.detail ?? DESK_FAULTS[code], more.cause === undefined ? {} : { cause: more.cause })
    this.code = code
    this.retryAfterMs = more.retryAfterMs ?? null
  }
}
