/** The first start, as an operator meets it: the printed link makes the first admin, and every route of the contract is there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { makeDemoLink } from '../../src/cli/demo-link.ts'
import { readConfig } from '../../src/config/config.ts'
import { API, type EndpointName } from '../../src/console/contract/api.ts'
import { startEarshot } from '../../src/earshot.ts'

it('opens with a printed token and a demo’s link, serves every route, and logs no secret', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'earshot-door-'))
  let logged = ''
  const logTo = new Writable({
    write: (chunk, _encoding, done) => {
      logged += String(chunk)
      done()
    },
  })
  const earshot = await startEarshot(readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'trace' }), { logTo })
  const secrets: string[] = []
  const ask = async (method: string, path: string, cookie: string, body?: unknown) => {
    const headers = {
      origin: earshot.url,
      cookie,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const response = await fetch(`${earshot.url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const [session = ''] = response.headers.getSetCookie().map((text) => text.replace(/;.*/, ''))
    return { status: response.status, session, text: await response.text() }
  }
  try {
    const link = await makeDemoLink(earshot.desk, earshot.consoleUrl)
    const demoToken = link.link.replace(`${earshot.url}/link#`, '')
    const demo = await ask('POST', '/session/link', '', { token: demoToken })
    expect([demo.status, JSON.parse(demo.text).user.role]).toEqual([200, 'admin'])

    // A demo's admin is nobody who can come back: the first door stays open.
    const token = await earshot.desk.signIn.setupToken()
    const person = { email: 'ann@example.com', name: 'Ann', password: 'violet engine hums' }
    const ann = await ask('POST', '/session/setup', '', { token, ...person })
    expect(ann.status).toBe(200)
    expect(await earshot.desk.signIn.setupToken()).toBeNull()
    await link[Symbol.asyncDispose]()
    expect((await ask('GET', '/users', demo.session)).status).toBe(401)

    const missing: EndpointName[] = []
    for (const name of Object.keys(API) as EndpointName[]) {
      // Signing out would end it, and no stream is wanted: they are there when they refuse what nobody may.
      const asked = API[name]
      const who = API[name].role === 'nobody' || name === 'signOut' || asked.kind === 'events' ? '' : ann.session
      const answer = await ask(asked.method, asked.path.replace(/:\w+/g, 'x'), who)
      if (answer.status === 404 && answer.text.includes('there is nothing here')) missing.push(name)
    }
    expect(missing).toEqual([])
    secrets.push(demoToken, token ?? '', person.password, demo.session, ann.session)
  } finally {
    await earshot.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
  for (const secret of secrets) expect(logged).not.toContain(secret)
}, 60_000)
