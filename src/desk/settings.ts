/** What the environment says about an identity provider. All of it or nothing: half of it would let nobody in. */
import { z } from 'zod'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i

function issuerFault(text: string): string | null {
  const url = URL.parse(text)
  if (url === null) return 'OIDC_ISSUER is not an address such as https://login.example.com/realms/staff'
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))) return null
  return 'OIDC_ISSUER must be https: http is only for a loopback address'
}

const filled = (name: string) => z.string().regex(/\S/, `${name} is empty: set it, or remove it`)

export const DeskEnv = z
  .object({
    PUBLIC_URL: z.string().optional(),
    OIDC_ISSUER: z
      .string()
      .check((context) => {
        const fault = issuerFault(context.value)
        if (fault !== null) context.issues.push({ code: 'custom', message: fault, input: context.value })
      })
      .optional(),
    OIDC_CLIENT_ID: filled('OIDC_CLIENT_ID').optional(),
    OIDC_CLIENT_SECRET: filled('OIDC_CLIENT_SECRET').optional(),
    OIDC_ROLE_CLAIM: filled('OIDC_ROLE_CLAIM').default('roles'),
    OIDC_NAME: filled('OIDC_NAME').max(40, 'OIDC_NAME is longer than 40 characters').optional(),
  })
  .check(({ value, issues }) => {
    const named = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const
    const set = named.find((name) => value[name] !== undefined) ?? (value.OIDC_NAME === undefined ? null : 'OIDC_NAME')
    if (set === null) return
    const missing = [...named, 'PUBLIC_URL' as const].find((name) => value[name] === undefined)
    if (missing === undefined) return
    const why =
      missing === 'PUBLIC_URL'
        ? `PUBLIC_URL is not set, and ${set} is: the identity provider sends people back to that address`
        : `${missing} is not set, and ${set} is: an identity provider takes an issuer, a client id and its secret`
    issues.push({ code: 'custom', path: [missing], message: why, input: undefined })
  })
  .transform((env): OidcSettings | null => {
    const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = env
    if (issuer === undefined || clientId === undefined || clientSecret === undefined) return null
    return { issuer, clientId, clientSecret, roleClaim: env.OIDC_ROLE_CLAIM, name: env.OIDC_NAME ?? 'single sign-on' }
  })

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Where the roles stand in the ID token or at the user-info endpoint; dots lead into objects. */
  readonly roleClaim: string
  /** What the button says. */
  readonly name: string
}
