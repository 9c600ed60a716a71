/** The gate of the routes, with the desk behind it. */
import type { FastifyRequest } from 'fastify'
import type { Desk } from '../../desk/desk.ts'
import type { Actor, AuditNote, Gate } from '../gate.ts'
import { sessionOf } from './cookies.ts'
import { comesFromOurPages } from './origins.ts'

const BEARER = /^Bearer +(\S{1,100})$/i

export class DeskGate implements Gate {
  readonly #desk: Desk
  readonly #publicUrl: string | null

  constructor(desk: Desk, publicUrl: string | null) {
    this.#desk = desk
    this.#publicUrl = publicUrl
  }

  /** Whoever sends a key is known by it alone: a wrong one is not made good by a cookie. */
  async who(request: FastifyRequest): Promise<Actor | null> {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const secret = BEARER.exec(authorization)?.[1]
      const key = secret === undefined ? null : await this.#desk.keys.known(secret)
      return key === null ? null : { userId: null, name: `key ${key.name}`, role: key.role }
    }
    const token = sessionOf(request)
    const user = token === null ? null : await this.#desk.sessions.whose(token)
    return user === null ? null : { userId: user.userId, name: user.name, role: user.role }
  }

  isOurs(request: FastifyRequest): boolean {
    const { method, headers, socket } = request
    const asked = { method, headers, upgrade: request.ws === true }
    return comesFromOurPages(asked, { publicUrl: this.#publicUrl, port: socket.localPort ?? 0 })
  }

  audit(entry: AuditNote): void {
    this.#desk.audit.note(entry)
  }
}
