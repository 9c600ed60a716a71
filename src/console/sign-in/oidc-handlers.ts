/** To the identity provider and back. A person looks at these, not a program: what goes wrong is told by the console's page. */
import type { FastifyReply } from 'fastify'
import type { Desk } from '../../desk/desk.ts'
import { DeskError } from '../../desk/faults.ts'
import type { Gate } from '../gate.ts'
import { ApiError, type RouteLog } from '../http/errors.ts'
import type { Account, HandlersOf } from '../http/handlers.ts'
import { dropJourney, journeyOf, keepJourney } from './cookies.ts'
import { visitorOf, welcome } from './door-handlers.ts'

export interface OidcParts {
  readonly desk: Desk
  readonly gate: Pick<Gate, 'audit'>
  readonly log: RouteLog
}

export type OidcHandlers = HandlersOf<'signInByOidc' | 'backFromOidc'>

export function oidcHandlers({ desk, gate, log }: OidcParts): OidcHandlers {
  const provider = () => {
    if (desk.oidc === null) throw new ApiError('NOT_FOUND', 'this server has no identity provider')
    return desk.oidc
  }
  /** @returns where it leads; what is not the desk's own refusal is thrown */
  const refused = (error: unknown, account: Account): string => {
    if (!(error instanceof DeskError)) throw error
    // The provider's words may hold a token or an address; its name for the fault does not.
    if (error.code === 'PROVIDER_FAILED') log.warn({ why: faultOf(error.cause) }, 'the identity provider failed')
    gate.audit({
      who: 'nobody',
      action: 'signed-in-by-oidc',
      target: '',
      detail: `${account.detail}: ${error.message}`,
      ok: false,
    })
    account.quiet = true
    return `/#refused=${error.code}`
  }

  return {
    signInByOidc: async ({ query, reply, account, request }) => {
      const oidc = provider()
      account.detail = `from ${request.ip}`
      try {
        const { location, luggage } = await oidc.begin(pathOf(query.to))
        keepJourney(reply, luggage)
        return lead(reply, location)
      } catch (error) {
        return lead(reply, refused(error, account))
      }
    },
    backFromOidc: async ({ request, reply, account }) => {
      const oidc = provider()
      account.detail = `from ${request.ip}`
      dropJourney(reply)
      try {
        const { search } = new URL(request.raw.url ?? '/', 'http://localhost')
        const { identity, to } = await oidc.end(search, journeyOf(request))
        const signedIn = await desk.signIn.byProvider(identity, visitorOf(request))
        await welcome(desk, { request, reply, account }, signedIn)
        return lead(reply, pathOf(to))
      } catch (error) {
        return lead(reply, refused(error, account))
      }
    },
  }
}

function lead(reply: FastifyReply, location: string): null {
  reply.code(302).header('location', location)
  return null
}

/** Only a path of this server: what a link says of where to go must not lead anywhere else. */
export function pathOf(to: string | undefined): string {
  if (to === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(to) || to.includes('\\')) return '/'
  const url = URL.parse(to, 'http://localhost')
  return url?.origin === 'http://localhost' ? `${url.pathname}${url.search}${url.hash}` : '/'
}

/** A code such as OAUTH_INVALID_RESPONSE, or the kind of the error. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
