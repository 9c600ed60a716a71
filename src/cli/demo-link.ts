/** A link into the console of a demo: it signs in once, as an admin who is there for as long as the demo. */
import type { Desk } from '../desk/desk.ts'

const DEMO = { email: 'demo@earshot.example', name: 'Demo admin', role: 'admin' } as const

export interface DemoLink extends AsyncDisposable {
  readonly link: string
}

/** @param address of the console. Disposed of, its user and their sessions are gone. */
export async function makeDemoLink(desk: Desk, address: string): Promise<DemoLink> {
  // Left behind by a demo that was killed.
  const before = await desk.users.byEmail(DEMO.email)
  if (before !== null) await desk.users.remove(before.user.userId)
  const { userId } = await desk.users.add(DEMO)
  const token = await desk.links.make('sign-in', userId)
  desk.audit.note({ who: 'system', action: 'made-demo-link', target: DEMO.name, detail: '', ok: true })
  return {
    // After the #, it is sent to no server and stands in no server's log.
    link: `${address}/link#${token}`,
    [Symbol.asyncDispose]: () => desk.users.remove(userId),
  }
}
