/** Users and keys from the command line, beside a server that has the file open. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqliteDatabase } from '../../src/database/sqlite.ts'
import { Desk } from '../../src/desk/desk.ts'
import { earshot } from './run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-desk-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) => earshot(args, { DATA_DIR: folder, PUBLIC_URL: 'https://voice.example.com' })

it('makes users and keys while the server writes, which knows them at once', async () => {
  const server = await openSqliteDatabase({ path: join(folder, 'earshot.db') })
  const desk = new Desk(server, { hashCost: { log2N: 4, r: 8, p: 1 } })
  let writing = true
  let written = 0
  const busy = (async () => {
    while (writing) {
      desk.audit.note({ who: 'Ann', action: 'listened', target: `call_${written++}`, detail: '', ok: true })
      await desk.shares.make({ callId: 'call_1', atMs: null, hours: 1, by: 'Ann' })
    }
  })()

  const [key, added] = await Promise.all([
    run('keys', 'create', '--name', 'crm', '--role', 'manager'),
    run('users', 'add', '--email', 'Ben@example.com', '--name', 'Ben', '--role', 'admin'),
  ])
  writing = false
  await busy
  expect(written).toBeGreaterThan(0)
  expect([key.code, added.code, added.stderr]).toEqual([0, 0, ''])
  expect(key.stdout).toMatch(/^ek_[\w-]{43}\n$/)
  expect(await desk.keys.known(key.stdout.trim())).toMatchObject({ name: 'crm', role: 'manager', createdBy: 'system' })
  const [, token] = /https:\/\/voice\.example\.com\/password#([\w-]{43})\n$/.exec(added.stdout) ?? []
  const visitor = { from: '192.0.2.1', agent: '' }
  const { token: session } = await desk.signIn.bySettingPassword(
    { token: token ?? '', password: 'violet engine hums' },
    visitor,
  )
  expect((await desk.users.list()).map(({ email, role }) => [email, role])).toEqual([['ben@example.com', 'admin']])

  const link = await run('users', 'link', 'ben@example.com')
  expect(link.stdout).toContain('https://voice.example.com/password#')
  expect(await desk.sessions.whose(session)).toBeNull()
  expect((await run('keys', 'remove', 'crm')).stdout).toBe('The key of crm works no more.\n')
  expect(await desk.keys.known(key.stdout.trim())).toBeNull()

  await desk.close()
  const { entries } = await desk.audit.read({ who: 'system' })
  expect(entries.map(({ action, target }) => `${action} ${target}`).sort()).toEqual([
    'added-key crm',
    'added-user Ben',
    'removed-key crm',
    'reset-password Ben',
  ])
  await server.close()
}, 120_000)

it('works before the server was ever started, and says what is wrong in a sentence', async () => {
  const added = await run('users', 'add', '--email', 'ann@example.com', '--name', 'Ann')
  expect(added.stdout).toContain('Ann is a viewer.')
  expect((await run('users', 'list')).stdout).toBe('ann@example.com  Ann  viewer, never signed in\n')
  const again = await run('users', 'add', '--email', 'ANN@example.com', '--name', 'Ann 2')
  expect([again.code, again.stderr]).toEqual([1, 'There is a user with this e-mail address already.\n'])
}, 120_000)
