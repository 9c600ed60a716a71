/** `earshot keys`: keys of the API, from the machine that the server runs on. */
import type { UserRole } from '../console/contract/endpoint.ts'
import { DeskError } from '../desk/faults.ts'
import { atDesk } from './desk.ts'
import { plainText } from './plain-text.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

export async function createKey(wanted: { name: string; role: UserRole }): Promise<void> {
  await atDesk(async ({ desk, noted }) => {
    const { key, secret } = await desk.keys.add(wanted, 'system')
    noted('added-key', key.name, key.role)
    // The key alone on standard output: it can be led into a file or another command.
    process.stderr.write(`The key of ${plainText(key.name)}, a ${key.role}. It is shown this once and kept nowhere:\n`)
    print(secret)
  })
}

export async function listKeys(): Promise<void> {
  await atDesk(async ({ desk }) => {
    const keys = await desk.keys.list()
    if (keys.length === 0) print('There are no keys yet: `earshot keys create` makes one.')
    for (const { name, hint, role, createdAt, lastUsedAt } of keys) {
      const used = lastUsedAt === null ? 'never used' : `last used ${dayOf(lastUsedAt)}`
      print(`${plainText(name)}  ${hint}  ${role}, made ${dayOf(createdAt)}, ${used}`)
    }
  })
}

export async function removeKey(name: string): Promise<void> {
  await atDesk(async ({ desk, noted }) => {
    const key = (await desk.keys.list()).find((each) => each.name === name || each.keyId === name)
    if (key === undefined) throw new DeskError('NO_SUCH_KEY')
    await desk.keys.remove(key.keyId)
    noted('removed-key', key.name)
    print(`The key of ${plainText(key.name)} works no more.`)
  })
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
