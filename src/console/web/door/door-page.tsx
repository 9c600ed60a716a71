/** Signing in, in each of the ways there are. */
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { Door } from '../../contract/people.ts'
import { Mark } from '../parts/mark.tsx'
import { useTitle } from '../shell/page.tsx'
import { LinkSignIn } from './link-sign-in.tsx'
import { SetPassword } from './set-password.tsx'
import { SetUp } from './set-up.tsx'
import { SignIn } from './sign-in.tsx'

/** Addresses that lead here even when somebody is signed in: the links that the server and admins hand out. */
export function isDoorPath(path: string): boolean {
  return path === '/link' || path === '/setup' || path === '/password'
}

export function DoorPage({ door }: { door: Door }) {
  useTitle('Sign in')
  const [path] = useLocation()
  return (
    <main id="page" className="door" tabIndex={-1}>
      <div className="door-card">
        <p className="door-brand">
          <Mark /> Earshot
        </p>
        {wayIn(path, door)}
      </div>
    </main>
  )
}

function wayIn(path: string, door: Door): ReactNode {
  if (path === '/link') return <LinkSignIn />
  if (path === '/password') return <SetPassword />
  if (door.setupNeeded) return <SetUp />
  return <SignIn door={door} />
}
