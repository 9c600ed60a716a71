/** Who is signed in, and what they may do. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect } from 'react'
import type { UserRole } from '../../contract/endpoint.ts'
import type { Door, User } from '../../contract/people.ts'
import { call, onSignedOut } from '../api/call.ts'

export interface Session {
  readonly user: User
  readonly offline: boolean
  readonly version: string
  /** Whether the signed-in person may do what needs this role. What they may not is not offered. */
  may(role: UserRole): boolean
}

const RANK: Readonly<Record<UserRole, number>> = { viewer: 1, manager: 2, admin: 3 }
const SessionContext = createContext<Session | null>(null)

export const DOOR_KEY = ['door'] as const

export function useDoor() {
  const queries = useQueryClient()
  // The session may end at any time, from another window or by an admin: the next answer says so.
  useEffect(() => {
    onSignedOut(() => {
      queries.setQueryData<Door>(DOOR_KEY, (door) => (door === undefined ? door : { ...door, user: null }))
    })
    return () => onSignedOut(() => {})
  }, [queries])
  return useQuery({ queryKey: DOOR_KEY, queryFn: () => call('lookAtDoor'), staleTime: 5 * 60_000 })
}

/** Whoever has come in sees nothing that somebody else had loaded. */
export function useEntering(): (user: User) => void {
  const queries = useQueryClient()
  return (user) => {
    queries.setQueryData<Door>(DOOR_KEY, (door) => (door === undefined ? door : { ...door, user, setupNeeded: false }))
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== DOOR_KEY[0] })
  }
}

export function SessionProvider({ door, user, children }: { door: Door; user: User; children: ReactNode }) {
  const session: Session = {
    user,
    offline: door.offline,
    version: door.version,
    may: (role) => RANK[user.role] >= RANK[role],
  }
  return <SessionContext value={session}>{children}</SessionContext>
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('a page without a session')
  return session
}
