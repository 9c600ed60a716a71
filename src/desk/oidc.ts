/** The operator's identity provider, over OpenID Connect: code flow with PKCE, state and nonce. */
import type { Configuration } from 'openid-client'
import { z } from 'zod'
import type { UserRole } from '../console/contract/endpoint.ts'
import { DeskError } from './faults.ts'
import { roleOf } from './oidc-role.ts'
import { sameText } from './secrets.ts'
import type { OidcSettings } from './settings.ts'

/** Whom the provider vouches for. */
export interface Identity {
  /** Who it is, at that provider: never given to anybody else. */
  readonly subject: string
  readonly email: string | null
  readonly name: string | null
  readonly role: UserRole | null
}

export interface Journey {
  /** Where the browser is sent. */
  readonly location: string
  /** What the browser must bring back, in a cookie: it proves that the same one that began also ends it. */
  readonly luggage: string
}

/** A person types a password and looks for a second factor in that time. */
export const JOURNEY_MOST_MS = 10 * 60_000
const ANSWER_MOST_SECONDS = 10
/** Endpoints and keys of a provider change seldom. */
const DISCOVERY_KEPT_MS = 3_600_000

const Luggage = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where to go afterwards. */
  to: z.string(),
  until: z.number(),
})

const Claims = z.looseObject({ sub: z.string(), iss: z.string() })
const Person = z.object({
  email: z.email().max(200).nullable().catch(null),
  name: z.string().trim().min(1).max(100).nullable().catch(null),
})

export class Oidc {
  readonly name: string
  readonly #settings: OidcSettings
  readonly #redirectUri: string
  readonly #now: () => number
  #found: { readonly config: Promise<Configuration>; readonly at: number } | null = null

  /** @param publicUrl where the provider sends people back to, below /api/v1 */
  constructor(settings: OidcSettings, publicUrl: string, now: () => number) {
    this.name = settings.name
    this.#settings = settings
    this.#redirectUri = `${publicUrl}/api/v1/session/oidc/callback`
    this.#now = now
  }

  /** @param to a path of the console. @throws DeskError PROVIDER_FAILED */
  async begin(to: string): Promise<Journey> {
    const client = await library()
    const config = await this.#discover()
    const state = client.randomState()
    const nonce = client.randomNonce()
    const verifier = client.randomPKCECodeVerifier()
    const location = client.buildAuthorizationUrl(config, {
      redirect_uri: this.#redirectUri,
      scope: 'openid email profile',
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const luggage = { state, nonce, verifier, to, until: this.#now() + JOURNEY_MOST_MS }
    return { location: location.href, luggage: Buffer.from(JSON.stringify(luggage)).toString('base64url') }
  }

  /**
   * @param query as it came back, with its question mark
   * @throws DeskError SIGN_IN_LOST, PROVIDER_FAILED
   */
  async end(query: string, luggage: string | null): Promise<{ identity: Identity; to: string }> {
    const { state, nonce, verifier, to, until } = unpack(luggage)
    const back = new URL(this.#redirectUri + query)
    if (this.#now() > until || !sameText(back.searchParams.get('state') ?? '', state))
      throw new DeskError('SIGN_IN_LOST')
    const client = await library()
    const config = await this.#discover()
    try {
      const tokens = await client.authorizationCodeGrant(config, back, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
      })
      const claims = Claims.parse(tokens.claims())
      // What the ID token does not tell, the user-info endpoint may.
      const more = await this.#userInfo(config, tokens.access_token, claims)
      const { email, name } = Person.parse({ email: more.email, name: more.name })
      const subject = `${claims.iss} ${claims.sub}`
      return { identity: { subject, email, name, role: roleOf(more, this.#settings.roleClaim) }, to }
    } catch (error) {
      throw new DeskError('PROVIDER_FAILED', { cause: error })
    }
  }

  async #userInfo(
    config: Configuration,
    accessToken: string,
    claims: z.infer<typeof Claims>,
  ): Promise<Record<string, unknown>> {
    const known = roleOf(claims, this.#settings.roleClaim) !== null && claims.email !== undefined
    const client = await library()
    if (known || config.serverMetadata().userinfo_endpoint === undefined) return claims
    return { ...(await client.fetchUserInfo(config, accessToken, claims.sub)), ...claims }
  }

  #discover(): Promise<Configuration> {
    const now = this.#now()
    if (this.#found !== null && now - this.#found.at < DISCOVERY_KEPT_MS) return this.#found.config
    const config = askProvider(this.#settings).catch((error: unknown) => {
      this.#found = null
      throw new DeskError('PROVIDER_FAILED', { cause: error })
    })
    this.#found = { config, at: now }
    return config
  }
}

async function askProvider({ issuer, clientId, clientSecret }: OidcSettings): Promise<Configuration> {
  const { allowInsecureRequests, discovery, enableNonRepudiationChecks } = await library()
  // Plain http only on loopback (settings.ts). The token's signature is checked even though TLS brought it.
  const plain = issuer.startsWith('http:') ? [allowInsecureRequests] : []
  const execute = [enableNonRepudiationChecks, ...plain]
  return discovery(new URL(issuer), clientId, clientSecret, undefined, { timeout: ANSWER_MOST_SECONDS, execute })
}

/** Loaded when somebody signs in with it: most servers never do. */
function library() {
  return import('openid-client')
}

function unpack(luggage: string | null): z.infer<typeof Luggage> {
  try {
    return Luggage.parse(JSON.parse(Buffer.from(luggage ?? '', 'base64url').toString()))
  } catch {
    throw new DeskError('SIGN_IN_LOST')
  }
}
