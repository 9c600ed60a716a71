/** What the desk must keep and decide, whatever database is behind it. Each engine runs this suite with a place of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { AUDIT_KEPT_MS, AuditLog } from '../../src/desk/audit-log.ts'
import { Desk } from '../../src/desk/desk.ts'
import type { Identity } from '../../src/desk/oidc.ts'
import { IDLE_MOST_MS, SESSION_MOST_MS } from '../../src/desk/sessions.ts'
import { emptyDesk } from '../desk/empty-desk.ts'
import type { DatabasePlace } from './database.ts'

const CHEAP = { log2N: 4, r: 8, p: 1 }
const HOUR = 3_600_000
const VISITOR = { from: '192.0.2.1', agent: 'Firefox' }
const PASSWORD = 'violet engine hums'
const ANN = { email: 'Ann@Example.com', name: 'Ann Lee', password: PASSWORD }

export function deskContract(engine: string, newPlace: () => Promise<DatabasePlace>): void {
  interface Held {
    readonly desk: Desk
    readonly db: Database
    readonly clock: { now: number }
    readonly troubles: string[]
  }

  let place: DatabasePlace
  let shared: Database

  /** At an empty desk. Opening a database takes longer than most of these tests: they share one. */
  async function atDesk(test: (held: Held) => Promise<void>): Promise<void> {
    const clock = { now: 1_800_000_000_000 }
    const troubles: string[] = []
    const onTrouble = (sentence: string) => void troubles.push(sentence)
    const desk = new Desk(shared, { now: () => clock.now, hashCost: CHEAP, onTrouble })
    await emptyDesk(shared)
    try {
      await test({ desk, db: shared, clock, troubles })
    } finally {
      await desk.close()
    }
  }

  async function withAdmin(test: (held: Held & { userId: string; token: string }) => Promise<void>): Promise<void> {
    await atDesk(async (held) => {
      const setup = (await held.desk.signIn.setupToken()) ?? ''
      const { user, token } = await held.desk.signIn.setUp({ token: setup, ...ANN }, VISITOR)
      await test({ ...held, userId: user.userId, token })
    })
  }

  const code = (wanted: string) => expect.objectContaining({ code: wanted })

  describe(`the desk on ${engine}`, () => {
    beforeAll(async () => {
      place = await newPlace()
      shared = await place.open()
    }, 60_000)
    afterAll(async () => {
      await shared.close()
      await place.dispose()
    })

    it('lets the first admin in with the token that the server printed, and nobody after that', async () => {
      await atDesk(async ({ desk, clock }) => {
        const token = (await desk.signIn.setupToken()) ?? ''
        const other = (await desk.signIn.setupToken()) ?? ''
        await expect(desk.signIn.setUp({ ...ANN, token: 'a guess' }, VISITOR)).rejects.toEqual(code('LINK_USED'))
        await expect(desk.signIn.setUp({ ...ANN, token, password: 'Password12345' }, VISITOR)).rejects.toEqual(
          code('WEAK_PASSWORD'),
        )
        const { user, token: session } = await desk.signIn.setUp({ token, ...ANN }, VISITOR)
        expect(user).toEqual({
          userId: user.userId,
          email: 'ann@example.com',
          name: 'Ann Lee',
          role: 'admin',
          createdAt: clock.now,
          lastSeenAt: clock.now,
          disabled: false,
          signsInWith: 'password',
        })
        expect(await desk.sessions.whose(session)).toEqual(user)
        expect(await desk.signIn.setupToken()).toBeNull()
        await expect(desk.signIn.setUp({ ...ANN, token: other }, VISITOR)).rejects.toEqual(code('LINK_USED'))
      })
    })

    it('keeps no password, no token and no key as they are', async () => {
      await withAdmin(async ({ desk, db, userId, token }) => {
        const link = await desk.links.make('sign-in', userId)
        const { secret } = await desk.keys.add({ name: 'crm', role: 'viewer' }, 'Ann Lee')
        const share = await desk.shares.make({ callId: 'call_1', atMs: null, hours: 1, by: 'Ann Lee' })
        const kept = JSON.stringify([
          await db.kysely.selectFrom('users').selectAll().execute(),
          await db.kysely.selectFrom('sessions').selectAll().execute(),
          await db.kysely.selectFrom('links').selectAll().execute(),
          await db.kysely.selectFrom('api_keys').selectAll().execute(),
          await db.kysely.selectFrom('shares').selectAll().execute(),
        ])
        for (const secretOf of [PASSWORD, token, link, secret, share.token]) expect(kept).not.toContain(secretOf)
        expect(kept).toContain('$scrypt$')
      })
    })

    it('lets in whoever knows the password, however the address is written', async () => {
      await withAdmin(async ({ desk, userId, token }) => {
        const { user, token: second } = await desk.signIn.byPassword(
          { email: 'ANN@example.com', password: PASSWORD },
          VISITOR,
        )
        expect(user.userId).toBe(userId)
        expect(second).not.toBe(token)
        expect((await desk.sessions.whose(token))?.userId).toBe(userId)
      })
    })

    it('says the same of a wrong password, an unknown address and a user without a password', async () => {
      await withAdmin(async ({ desk }) => {
        await desk.addUser({ email: 'ben@example.com', name: 'Ben', role: 'viewer' })
        const refusals = await Promise.all(
          ['ann@example.com', 'nobody@example.com', 'ben@example.com'].map((email) =>
            desk.signIn
              .byPassword({ email, password: 'wrong engine hums' }, VISITOR)
              .catch(({ code, message }) => [code, message]),
          ),
        )
        expect(refusals).toEqual(Array(3).fill(['WRONG_SIGN_IN', 'The e-mail address or the password is wrong.']))
      })
    })

    it('slows guessing down, also for whoever then knows the password, and forgives in time', async () => {
      await withAdmin(async ({ desk, clock }) => {
        const from = { from: '203.0.113.5', agent: '' }
        const attempt = (password: string) => desk.signIn.byPassword({ email: ANN.email, password }, from)
        for (let i = 0; i < 5; i++) await expect(attempt('wrong engine hums')).rejects.toEqual(code('WRONG_SIGN_IN'))
        await expect(attempt(PASSWORD)).rejects.toEqual(
          expect.objectContaining({ code: 'SLOW_DOWN', retryAfterMs: 1000 }),
        )
        clock.now += 1000
        expect((await attempt(PASSWORD)).user.name).toBe('Ann Lee')
      })
    })

    it('ends a session that was idle for half a day, and any after two weeks', async () => {
      await withAdmin(async ({ desk, clock, token }) => {
        clock.now += IDLE_MOST_MS
        expect(await desk.sessions.whose(token)).toBeNull()
        const { token: busy } = await desk.signIn.byPassword(ANN, VISITOR)
        const end = clock.now + SESSION_MOST_MS
        while (clock.now + 11 * HOUR < end) {
          clock.now += 11 * HOUR
          expect(await desk.sessions.whose(busy)).not.toBeNull()
          // The touch is written behind the request's back; the next write comes after it.
          await desk.links.sweep()
        }
        clock.now = end
        expect(await desk.sessions.whose(busy)).toBeNull()
        await desk.sweep()
      })
    })

    it('ends one session, or all of a user but the one that goes on', async () => {
      await withAdmin(async ({ desk, userId, token }) => {
        const [second, third] = await Promise.all([1, 2].map(() => desk.signIn.byPassword(ANN, VISITOR)))
        await desk.sessions.end(token)
        const known = async () =>
          Promise.all(
            [token, second?.token, third?.token].map(async (each) => (await desk.sessions.whose(each ?? '')) !== null),
          )
        expect(await known()).toEqual([false, true, true])
        await desk.sessions.endAllOf(userId, third?.token ?? null)
        expect(await known()).toEqual([false, false, true])
      })
    })

    it('ends the sessions of whoever gets another role, is locked out, or taken away', async () => {
      await withAdmin(async ({ desk }) => {
        const enter = async (name: string) => {
          const { user, token } = await desk.addUser({ email: `${name}@example.com`, name, role: 'manager' })
          return { user, signedIn: await desk.signIn.bySettingPassword({ token, password: PASSWORD }, VISITOR) }
        }
        const [ben, cleo, dan] = [await enter('ben'), await enter('cleo'), await enter('dan')]
        await desk.changeUser(ben.user.userId, { name: 'Ben Field' })
        expect((await desk.sessions.whose(ben.signedIn.token))?.name).toBe('Ben Field')
        await desk.changeUser(ben.user.userId, { role: 'viewer' })
        await desk.changeUser(cleo.user.userId, { disabled: true })
        await desk.users.remove(dan.user.userId)
        for (const { signedIn } of [ben, cleo, dan]) expect(await desk.sessions.whose(signedIn.token)).toBeNull()
        await expect(
          desk.signIn.byPassword({ email: 'cleo@example.com', password: PASSWORD }, VISITOR),
        ).rejects.toEqual(code('DISABLED'))
        await expect(desk.signIn.byPassword({ email: 'dan@example.com', password: PASSWORD }, VISITOR)).rejects.toEqual(
          code('WRONG_SIGN_IN'),
        )
      })
    })

    it('lets a link in once, of two who use it at the same time only one, and never after its time', async () => {
      await withAdmin(async ({ desk, clock, userId }) => {
        const link = await desk.links.make('sign-in', userId)
        const both = await Promise.allSettled([1, 2].map(() => desk.signIn.byLink(link, VISITOR)))
        expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
        const late = await desk.links.make('sign-in', userId)
        clock.now += HOUR
        await expect(desk.signIn.byLink(late, VISITOR)).rejects.toEqual(code('LINK_USED'))
      })
    })

    it('takes a link for nothing but its purpose, and drops the one before it', async () => {
      await withAdmin(async ({ desk, userId }) => {
        const signIn = await desk.links.make('sign-in', userId)
        await expect(
          desk.signIn.bySettingPassword({ token: signIn, password: 'another engine hums' }, VISITOR),
        ).rejects.toEqual(code('LINK_USED'))
        const first = await desk.resetPassword(userId)
        const second = await desk.resetPassword(userId)
        await expect(
          desk.signIn.bySettingPassword({ token: first, password: 'another engine hums' }, VISITOR),
        ).rejects.toEqual(code('LINK_USED'))
        await expect(
          desk.signIn.bySettingPassword({ token: second, password: 'ann lee ann lee' }, VISITOR),
        ).rejects.toEqual(code('WEAK_PASSWORD'))
        await desk.signIn.bySettingPassword({ token: second, password: 'another engine hums' }, VISITOR)
        await desk.signIn.byPassword({ ...ANN, password: 'another engine hums' }, VISITOR)
      })
    })

    it('changes one’s own password for whoever knows the present one, and ends all other sessions', async () => {
      await withAdmin(async ({ desk, userId, token }) => {
        const change = (current: string) =>
          desk.signIn.byChangingPassword(userId, { current, password: 'another engine hums' }, VISITOR)
        await expect(change('wrong engine hums')).rejects.toEqual(code('WRONG_PASSWORD'))
        expect(await desk.sessions.whose(token)).not.toBeNull()
        const { token: renewed } = await change(PASSWORD)
        expect(await desk.sessions.whose(token)).toBeNull()
        expect(await desk.sessions.whose(renewed)).not.toBeNull()
        await expect(desk.signIn.byPassword(ANN, VISITOR)).rejects.toEqual(code('WRONG_SIGN_IN'))
      })
    })

    it('always leaves an admin who can sign in', async () => {
      await withAdmin(async ({ desk, userId }) => {
        const { user } = await desk.addUser({ email: 'ben@example.com', name: 'Ben', role: 'admin' })
        for (const change of [{ role: 'viewer' as const }, { disabled: true }])
          await expect(desk.changeUser(userId, change)).rejects.toEqual(code('LAST_ADMIN'))
        await expect(desk.users.remove(userId)).rejects.toEqual(code('LAST_ADMIN'))
        const token = await desk.resetPassword(user.userId)
        await desk.signIn.bySettingPassword({ token, password: PASSWORD }, VISITOR)
        await desk.changeUser(userId, { role: 'viewer' })
        await expect(desk.users.remove(user.userId)).rejects.toEqual(code('LAST_ADMIN'))
        await desk.users.remove(userId)
        await expect(desk.users.remove(userId)).rejects.toEqual(code('NO_SUCH_USER'))
      })
    })

    it('has one user of an address, and one of a name', async () => {
      await withAdmin(async ({ desk, userId }) => {
        const add = (email: string, name: string) => desk.addUser({ email, name, role: 'viewer' })
        await expect(add('ANN@example.com', 'Another')).rejects.toEqual(code('TAKEN'))
        for (const name of ['ann LEE', 'system', 'Key of mine'])
          await expect(add('ben@example.com', name)).rejects.toEqual(code('NAME_TAKEN'))
        await add('ben@example.com', 'Ben')
        await expect(desk.changeUser(userId, { name: 'BEN' })).rejects.toEqual(code('NAME_TAKEN'))
        expect((await desk.users.list()).map(({ name }) => name)).toEqual(['Ann Lee', 'Ben'])
      })
    })

    it('knows whom the identity provider sends by the subject, and follows the role it gives', async () => {
      await withAdmin(async ({ desk }) => {
        const cleo: Identity = { subject: 'https://idp 7', email: 'cleo@example.com', name: 'Cleo', role: 'viewer' }
        const first = await desk.signIn.byProvider(cleo, VISITOR)
        expect(first.user).toMatchObject({ email: 'cleo@example.com', role: 'viewer', signsInWith: 'oidc' })
        const second = await desk.signIn.byProvider({ ...cleo, email: 'cleo@new.example', role: 'manager' }, VISITOR)
        expect(second.user).toMatchObject({ userId: first.user.userId, role: 'manager' })
        expect(await desk.sessions.whose(first.token)).toBeNull()
        await expect(desk.changeUser(first.user.userId, { role: 'admin' })).rejects.toEqual(code('ROLE_FROM_PROVIDER'))
        await expect(desk.resetPassword(first.user.userId)).rejects.toEqual(code('PASSWORD_FROM_PROVIDER'))
        await expect(desk.signIn.byProvider({ ...cleo, role: null }, VISITOR)).rejects.toEqual(code('NO_ROLE'))
        await desk.changeUser(first.user.userId, { disabled: true })
        await expect(desk.signIn.byProvider(cleo, VISITOR)).rejects.toEqual(code('DISABLED'))
      })
    })

    it('gives nobody’s account to whom the identity provider sends with the same address', async () => {
      await withAdmin(async ({ desk }) => {
        const ann: Identity = { subject: 'https://idp 8', email: 'ann@example.com', name: 'Ann Lee', role: 'viewer' }
        await expect(desk.signIn.byProvider(ann, VISITOR)).rejects.toEqual(code('TAKEN'))
        await expect(desk.signIn.byProvider({ ...ann, email: null }, VISITOR)).rejects.toEqual(code('NO_EMAIL'))
        const { user } = await desk.signIn.byProvider({ ...ann, email: 'ann@other.example' }, VISITOR)
        expect(user.name).toBe('Ann Lee (ann@other.example)')
      })
    })

    it('knows a key until it is taken away, and writes down when it was used', async () => {
      await withAdmin(async ({ desk, clock }) => {
        const { key, secret } = await desk.keys.add({ name: 'crm', role: 'viewer' }, 'Ann Lee')
        expect(secret).toMatch(/^ek_[\w-]{43}$/)
        expect(key).toEqual({
          keyId: key.keyId,
          name: 'crm',
          role: 'viewer',
          hint: `${secret.slice(0, 8)}…`,
          createdAt: clock.now,
          createdBy: 'Ann Lee',
          lastUsedAt: null,
        })
        await expect(desk.keys.add({ name: 'CRM', role: 'admin' }, 'Ann Lee')).rejects.toEqual(code('NAME_TAKEN'))
        expect((await desk.keys.known(secret))?.keyId).toBe(key.keyId)
        expect(await desk.keys.known(`${secret}x`)).toBeNull()
        await desk.links.sweep()
        expect((await desk.keys.list()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([clock.now])
        await desk.keys.remove(key.keyId)
        expect(await desk.keys.known(secret)).toBeNull()
        await expect(desk.keys.remove(key.keyId)).rejects.toEqual(code('NO_SUCH_KEY'))
      })
    })

    it('keeps views for each user alone', async () => {
      await withAdmin(async ({ desk, userId }) => {
        const { user } = await desk.addUser({ email: 'ben@example.com', name: 'Ben', role: 'viewer' })
        const saved = await desk.views.save(userId, 'angry', 'minStrain=60')
        await desk.views.save(user.userId, 'angry', 'minStrain=90')
        expect(await desk.views.save(userId, 'angry', 'minStrain=70')).toEqual({ ...saved, query: 'minStrain=70' })
        await desk.views.save(userId, 'a day', 'from=1')
        expect((await desk.views.list(userId)).map(({ name, query }) => [name, query])).toEqual([
          ['a day', 'from=1'],
          ['angry', 'minStrain=70'],
        ])
        await desk.views.remove(userId, 'angry')
        await expect(desk.views.remove(userId, 'angry')).rejects.toEqual(code('NO_SUCH_VIEW'))
        expect(await desk.views.list(user.userId)).toHaveLength(1)
      })
    })

    it('leads from a share to its call until it expires', async () => {
      await atDesk(async ({ desk, clock }) => {
        const { token, expiresAt } = await desk.shares.make({ callId: 'call_1', atMs: 4200, hours: 2, by: 'Ann' })
        expect(expiresAt).toBe(clock.now + 2 * HOUR)
        expect(await desk.shares.open(token)).toEqual({ callId: 'call_1', atMs: 4200 })
        clock.now = expiresAt
        await expect(desk.shares.open(token)).rejects.toEqual(code('NO_SUCH_SHARE'))
      })
    })

    it('tells who did what, newest first, page by page, in the order in which it was done', async () => {
      await atDesk(async ({ desk }) => {
        for (let i = 0; i < 450; i++)
          desk.audit.note({
            who: i % 2 === 0 ? 'Ann' : 'Ben',
            action: 'listened',
            target: `call_${i}`,
            detail: '',
            ok: true,
          })
        await desk.audit.close()
        const first = await desk.audit.read({ limit: 300 })
        const second = await desk.audit.read({ limit: 300, before: first.next ?? '' })
        expect([...first.entries, ...second.entries].map(({ target }) => target)).toEqual(
          Array.from({ length: 450 }, (_, i) => `call_${449 - i}`),
        )
        expect(second.next).toBeNull()
        expect((await desk.audit.read({ who: 'Ben', action: 'listened', limit: 1 })).entries[0]).toMatchObject({
          who: 'Ben',
          target: 'call_449',
          ok: true,
        })
        expect((await desk.audit.read({ action: 'exported-calls' })).entries).toEqual([])
      })
    })

    it('writes refusals that are alike down once a minute, and keeps the account for a year', async () => {
      await atDesk(async ({ desk, clock }) => {
        const refused = {
          who: 'nobody',
          action: 'signed-in',
          target: 'Ann',
          detail: 'wrong, from 192.0.2.1',
          ok: false,
        }
        for (let i = 0; i < 100; i++) desk.audit.note(refused)
        clock.now += 60_000
        desk.audit.note(refused)
        desk.audit.note({ ...refused, ok: true })
        await desk.audit.close()
        expect((await desk.audit.read({})).entries).toHaveLength(3)
        clock.now += AUDIT_KEPT_MS
        await desk.sweep()
        expect((await desk.audit.read({})).entries).toHaveLength(2)
      })
    })

    it('keeps what was noted while the database was away, tells of it, and never throws', async () => {
      await atDesk(async ({ clock, troubles }) => {
        let away = true
        const db = {
          ...shared,
          write: (queries: Parameters<Database['write']>[0]) =>
            away ? Promise.reject(new Error('the disk is full')) : shared.write(queries),
        }
        const audit = new AuditLog(
          db,
          () => clock.now,
          (sentence) => void troubles.push(sentence),
        )
        audit.note({ who: 'Ann', action: 'listened', target: 'call_1', detail: '\u0000\ud800', ok: true })
        await expect.poll(() => troubles).toEqual(['the audit log cannot be written: the disk is full'])
        away = false
        audit.note({ who: 'Ann', action: 'listened', target: 'call_2', detail: '', ok: true })
        await audit.close()
        expect((await audit.read({})).entries.map(({ target, detail }) => [target, detail])).toEqual([
          ['call_2', ''],
          ['call_1', ' \ufffd'],
        ])
      })
    })
  })
}
