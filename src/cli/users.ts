/** `earshot users`: who may use the console, from the machine that the server runs on. */
import type { UserRole } from '../console/contract/endpoint.ts'
import type { User } from '../console/contract/people.ts'
import type { Desk } from '../desk/desk.ts'
import { DeskError } from '../desk/faults.ts'
import { atDesk } from './desk.ts'
import { plainText } from './plain-text.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

export async function addUser(wanted: { email: string; name: string; role: UserRole }): Promise<void> {
  await atDesk(async ({ desk, address, noted }) => {
    const { user, token } = await desk.addUser(wanted)
    noted('added-user', user.name, user.role)
    print(`${user.name} is a ${user.role}. With this link they set their password; it works once, within three days:`)
    print(`  ${address}/password#${token}`)
  })
}

export async function listUsers(): Promise<void> {
  await atDesk(async ({ desk }) => {
    const users = await desk.users.list()
    if (users.length === 0) print('There are no users yet: `earshot users add` makes one, and so does the setup link.')
    for (const user of users) print(lineOf(user))
  })
}

export async function linkUser(email: string): Promise<void> {
  await atDesk(async ({ desk, address, noted }) => {
    const user = await known(desk, email)
    const token = await desk.resetPassword(user.userId)
    noted('reset-password', user.name)
    print(`${user.name} is signed out, and sets a new password with this link; it works once, within three days:`)
    print(`  ${address}/password#${token}`)
  })
}

export async function disableUser(email: string, disabled: boolean): Promise<void> {
  await atDesk(async ({ desk, noted }) => {
    const user = await desk.changeUser((await known(desk, email)).userId, { disabled })
    noted('changed-user', user.name, `disabled: ${disabled}`)
    print(lineOf(user))
  })
}

export async function removeUser(email: string): Promise<void> {
  await atDesk(async ({ desk, noted }) => {
    const user = await known(desk, email)
    await desk.users.remove(user.userId)
    noted('removed-user', user.name)
    print(`${user.name} is gone; what they wrote stays.`)
  })
}

async function known(desk: Desk, email: string): Promise<User> {
  const kept = await desk.users.byEmail(email)
  if (kept === null) throw new DeskError('NO_SUCH_USER')
  return kept.user
}

function lineOf({ email, name, role, disabled, lastSeenAt, signsInWith }: User): string {
  const seen = lastSeenAt === null ? 'never signed in' : `last seen ${new Date(lastSeenAt).toISOString().slice(0, 10)}`
  const how = signsInWith === 'oidc' ? ', single sign-on' : ''
  return `${plainText(email)}  ${plainText(name)}  ${role}${disabled ? ', locked out' : ''}${how}, ${seen}`
}
