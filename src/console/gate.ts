/** Who asks, whether they may, and the account of what they did. `desk/` is behind it; the routes know no more than this. */
import type { FastifyRequest } from 'fastify'
import type { UserRole } from './contract/endpoint.ts'

export interface Actor {
  /** Null: it is a key that asks, not a person. */
  readonly userId: string | null
  /** A user's or a key's name, for the audit log and the journal. */
  readonly name: string
  readonly role: UserRole
}

export interface Gate {
  /** By the session's cookie, or by `Authorization: Bearer <key>`. Null: nobody that is known. */
  who(request: FastifyRequest): Promise<Actor | null>
  /**
   * Whether a request that a browser may have been made to send comes from the console's own pages: unsafe methods and
   * WebSockets with a cookie must carry an Origin of this server (PUBLIC_URL, or where it listens). Keys need none.
   */
  isOurs(request: FastifyRequest): boolean
  /** Writes down what was done. Never throws and never makes a request wait; `target` is an id or a name, never a number or words of a caller. */
  audit(entry: AuditNote): void
}

export interface AuditNote {
  readonly who: string
  readonly action: string
  readonly target: string
  readonly detail: string
  readonly ok: boolean
}
