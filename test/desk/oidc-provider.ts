/** An identity provider on loopback, as strict as the standard (OpenID Connect Core 1.0, RFC 7636) and with faults on demand. */
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export const CLIENT = { clientId: 'earshot', clientSecret: 'a secret of the test' }

interface ProviderFaults {
  /** Signs with a key that the provider does not publish. */
  readonly foreignKey?: boolean
  readonly audience?: string
  readonly nonce?: string
  readonly refuses?: boolean
}

export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string
  /** Who is signed in there, in the ID token. */
  claims: Record<string, unknown>
  /** And at the user-info endpoint. */
  userInfo: Record<string, unknown>
  faults: ProviderFaults
  /** What a browser does that is sent there: it signs in and is sent back. @returns the query it comes back with */
  visit(location: string): Promise<string>
}

interface Grant {
  readonly nonce: string
  readonly challenge: string
  readonly redirectUri: string
}

export async function startOidcProvider(): Promise<OidcProvider> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const grants = new Map<string, Grant>()
  const tokens = new Set<string>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', issuer)
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(200, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          userinfo_endpoint: `${issuer}/userinfo`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          code_challenge_methods_supported: ['S256'],
        })
      case '/keys':
        return json(200, {
          keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }],
        })
      case '/authorize':
        return authorize(url, response)
      case '/token':
        return token(request, json)
      case '/userinfo': {
        const bearer = request.headers.authorization?.replace('Bearer ', '') ?? ''
        return tokens.has(bearer) ? json(200, { sub: provider.claims.sub, ...provider.userInfo }) : json(401, {})
      }
      default:
        return json(404, {})
    }
  }

  function authorize(url: URL, response: ServerResponse): void {
    const asked = url.searchParams
    const back = new URL(asked.get('redirect_uri') ?? '')
    back.searchParams.set('state', asked.get('state') ?? '')
    const well =
      asked.get('client_id') === CLIENT.clientId &&
      asked.get('response_type') === 'code' &&
      asked.get('code_challenge_method') === 'S256' &&
      (asked.get('scope') ?? '').split(' ').includes('openid')
    if (!well) return void response.writeHead(400).end()
    if (provider.faults.refuses === true) back.searchParams.set('error', 'access_denied')
    else {
      const code = randomBytes(16).toString('hex')
      grants.set(code, {
        nonce: asked.get('nonce') ?? '',
        challenge: asked.get('code_challenge') ?? '',
        redirectUri: asked.get('redirect_uri') ?? '',
      })
      back.searchParams.set('code', code)
    }
    response.writeHead(302, { location: back.href }).end()
  }

  async function token(request: IncomingMessage, json: (status: number, body: unknown) => unknown): Promise<unknown> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const grant = grants.get(form.get('code') ?? '')
    grants.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const known = form.get('client_id') === CLIENT.clientId && form.get('client_secret') === CLIENT.clientSecret
    if (!known) return json(401, { error: 'invalid_client' })
    if (grant === undefined || grant.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri'))
      return json(400, { error: 'invalid_grant' })
    const accessToken = randomBytes(16).toString('hex')
    tokens.add(accessToken)
    const now = Math.floor(Date.now() / 1000)
    const { audience, nonce, foreignKey } = provider.faults
    const body = {
      iss: issuer,
      aud: audience ?? CLIENT.clientId,
      iat: now,
      exp: now + 60,
      nonce: nonce ?? grant.nonce,
      ...provider.claims,
    }
    const text = [{ alg: 'RS256', kid: 'k1' }, body]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const key = foreignKey === true ? foreign.privateKey : own.privateKey
    const signature = createSign('RSA-SHA256').update(text).sign(key, 'base64url')
    return json(200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 60,
      id_token: `${text}.${signature}`,
    })
  }

  const provider: OidcProvider = {
    issuer,
    claims: {},
    userInfo: {},
    faults: {},
    visit: async (location) => {
      const response = await fetch(location, { redirect: 'manual' })
      return new URL(response.headers.get('location') ?? 'http://nowhere.example').search
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return provider
}
