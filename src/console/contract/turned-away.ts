/**
 * Why whoever comes back from the identity provider is not let in. The browser is sent to `/#refused=<code>`, since a person
 * looks at it and not a program.
 */
export const TURNED_AWAY = {
  NO_ROLE: 'The identity provider gives you no role here: ask its admin for viewer, manager or admin.',
  NO_EMAIL: 'The identity provider did not tell an e-mail address.',
  TAKEN: 'There is a user with this e-mail address already.',
  DISABLED: 'This user is locked out: ask an admin.',
  PROVIDER_FAILED: 'The identity provider could not be used: try again, or tell the operator of this server.',
  SIGN_IN_LOST: 'This sign-in took too long or was begun in another browser: begin again.',
} as const
