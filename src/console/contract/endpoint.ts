/**
 * One endpoint of `/api/v1`, as data: the server's routes, its checks of who may do what, the OpenAPI document, the tests of
 * every route by role, and the console's client are all made from it.
 */
import { z } from 'zod'

/** Each may do what those before it may. `nobody`: no sign-in is needed. */
export const ROLES = ['nobody', 'viewer', 'manager', 'admin'] as const
export type Role = (typeof ROLES)[number]
export const UserRole = z.enum(['viewer', 'manager', 'admin'])
export type UserRole = z.infer<typeof UserRole>

/** `events`: server-sent events. `socket`: a WebSocket. `file`: bytes. */
export type EndpointKind = 'json' | 'events' | 'socket' | 'file'

export interface Endpoint<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
  Kind extends EndpointKind = EndpointKind,
  Least extends Role = Role,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /api/v1, parameters as `:name`. */
  readonly path: string
  /** The least that may use it. */
  readonly role: Least
  readonly tag: string
  /** One sentence, for readers of the OpenAPI page. */
  readonly summary: string
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** What a 200 holds; of a stream, one message of it. */
  readonly reply: Reply
  /** `json` unless it says otherwise. */
  readonly kind: Kind
  /** Written into the audit log, under this name. Null: it only looks. */
  readonly audit: string | null
}

const NONE = z.strictObject({})
export const Done = z.object({ done: z.literal(true) })

/** Fills in what most endpoints do without. */
export function endpoint<
  Least extends Role,
  Params extends z.ZodObject = typeof NONE,
  Query extends z.ZodObject = typeof NONE,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends z.ZodType = typeof Done,
  Kind extends EndpointKind = 'json',
>(
  given: Pick<Endpoint, 'method' | 'path' | 'tag' | 'summary'> & {
    readonly role: Least
    readonly params?: Params
    readonly query?: Query
    readonly body?: Body
    readonly reply?: Reply
    readonly kind?: Kind
    readonly audit?: string
  },
): Endpoint<Params, Query, Body, Reply, Kind, Least> {
  return {
    ...given,
    // The defaults are the types' own.
    kind: given.kind ?? ('json' as Kind),
    params: given.params ?? (NONE as unknown as Params),
    query: given.query ?? (NONE as unknown as Query),
    body: given.body ?? (z.undefined() as unknown as Body),
    reply: given.reply ?? (Done as unknown as Reply),
    audit: given.audit ?? null,
  }
}

/** Every refusal has this shape; docs/errors.md lists the codes. */
export const Refusal = z.object({
  error: z.object({
    code: z.string(),
    /** A sentence that names the thing and the fix. */
    message: z.string(),
    /** Of a bad request: what is wrong, field by field. */
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
})
export type Refusal = z.infer<typeof Refusal>
