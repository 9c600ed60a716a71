/** Signing in, in each of the ways there are. */
import type { Door } from '../../contract/people.ts'
import { Mark } from '../shell/layout.tsx'
import { useTitle } from '../shell/page.tsx'
import { SignIn } from './sign-in.tsx'

/** Addresses that lead here even when somebody is signed in: the links that the server and admins hand out. */
export function isDoorPath(path: string): boolean {
  return path === '/link' || path === '/setup' || path === '/password'
}

export function DoorPage({ door }: { door: Door }) {
  useTitle('Sign in')
  return (
    <main id="page" className="door">
      <div className="door-card">
        <p className="door-brand">
          <Mark /> Earshot
        </p>
        <SignIn door={door} />
      </div>
    </main>
  )
}
