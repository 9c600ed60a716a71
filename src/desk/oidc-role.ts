/** Which of our roles an identity provider's claim stands for. */
import { z } from 'zod'
import type { UserRole } from '../console/contract/endpoint.ts'

/** From the most to the least. */
const ROLES = ['admin', 'manager', 'viewer'] as const
const Names = z.union([z.string().transform((text) => text.split(/[\s,]+/)), z.array(z.string())])

/**
 * The highest role that is named, alone or as `earshot-manager` (also with : . _ /). Null: none, and nobody is let in.
 * @param claim a key, or a path of keys with dots between them
 */
export function roleOf(claims: Readonly<Record<string, unknown>>, claim: string): UserRole | null {
  const names = Names.safeParse(claims[claim] ?? at(claims, claim.split('.')))
  if (!names.success) return null
  const named = names.data.map((name) => name.toLowerCase().replace(/^\/?earshot[-:._/]/, ''))
  return ROLES.find((role) => named.includes(role)) ?? null
}

function at(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return at(Reflect.get(value, key), rest)
}
