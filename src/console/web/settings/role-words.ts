/** What each role may do, in a sentence. */
import type { UserRole } from '../../contract/endpoint.ts'

export const ROLES: readonly UserRole[] = ['viewer', 'manager', 'admin']

export const ROLE_MEANS: Readonly<Record<UserRole, string>> = {
  viewer: 'sees calls with masked numbers, hears none',
  manager: 'hears and judges calls, helps live ones, exports',
  admin: 'also users, keys, agents and erasing',
}
