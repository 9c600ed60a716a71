import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { Folder, get, run, ServerChild } from './server-child.ts'

const AGENT = 'instructions: Be brief.\nnumbers: ["*"]\n'
/** In every environment that names a secret, and in no output. */
const SECRET = 'sk-swordfish-0123456789'
const AUTH_TOKEN = 'tuna-fish-auth-token'

interface Refusal {
  readonly why: string
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  /** The one sentence that is said. */
  readonly says?: RegExp
  /** Or what is to be mended, a line each, in any order and perhaps under a heading. */
  readonly lists?: readonly RegExp[]
}

const REFUSALS: readonly Refusal[] = [
  {
    why: 'an unknown variable of ours',
    env: { EARSHOT_FISH: SECRET },
    says: /^EARSHOT_FISH is not a variable Earshot knows: remove it\.$/,
  },
  {
    why: 'a misspelt variable',
    env: { OPENAI_API_KEI: SECRET },
    says: /^OPENAI_API_KEI is not a variable .*: did you mean OPENAI_API_KEY\?$/,
  },
  { why: 'an empty key', env: { OPENAI_API_KEY: '' }, says: /^OPENAI_API_KEY is empty: / },
  {
    why: 'an account without its token',
    env: { TWILIO_ACCOUNT_SID: 'AC0123' },
    says: /^TWILIO_AUTH_TOKEN is not set, and TWILIO_ACCOUNT_SID is: /,
  },
  {
    why: 'a model in the clear',
    env: { OPENAI_API_KEY: SECRET, OPENAI_BASE_URL: 'http://model.example.com/v1' },
    says: /^OPENAI_BASE_URL: must be an https URL: /,
  },
  { why: 'a port that is a word', env: { PORT: 'eighty' }, says: /^PORT must be a number from 0 to 65535/ },
  {
    why: 'a database of another kind',
    env: { DATABASE_URL: `mysql://earshot:${SECRET}@db/earshot` },
    says: /^DATABASE_URL must be like postgres:/,
  },
  {
    why: 'a database that is not there',
    env: { DATABASE_URL: `postgres://earshot:${SECRET}@127.0.0.1:1/earshot` },
    says: /^The database 127\.0\.0\.1:1\/earshot cannot be reached: nothing listens there/,
  },
  {
    why: 'a folder without agents',
    files: { 'config/agents/notes.txt': 'none' },
    lists: [/there is no agent/i],
  },
  {
    why: 'agents with mistakes, all of them at once',
    files: {
      'config/agents/a.yaml': 'instructions: Be brief.\ngreting: Hello\naudio: { wire: pcm61 }\ntools: [lookup_ordr]\n',
      'config/agents/b.yaml': 'greeting: Hello\n',
    },
    lists: [
      /agents\/a\.yaml:2:1 .*greting.*did you mean.*greeting/,
      /agents\/a\.yaml:3:16 .*pcm61/,
      /agents\/b\.yaml:1:1 .*instructions/,
    ],
  },
  {
    why: 'a tool and a provider that are not there',
    files: {
      'config/agents/a.yaml': `${AGENT}tools: [lookup_ordr]\nmodel: { provider: opanai }\n`,
      'config/tools/lookup.ts': tool('lookup_order'),
    },
    lists: [/a\.yaml:3:9 .*lookup_ordr.*did you mean.*lookup_order/, /a\.yaml:4:20 .*opanai/],
  },
  {
    why: 'tool files that cannot be taken, all of them at once',
    files: {
      'config/agents/a.yaml': AGENT,
      'config/tools/broken.ts': 'export default defineTool({\n',
      'config/tools/nothing.ts': 'export const tool = 1\n',
    },
    lists: [/broken\.ts:1:1 {2}cannot be loaded: /, /nothing\.ts:1:1 {2}has no default export: /],
  },
  {
    why: 'a data folder that is a file',
    files: { 'config/agents/a.yaml': AGENT, data: 'not a folder' },
    says: /^DATA_DIR cannot be used: /,
  },
  {
    why: 'a database that is damaged',
    files: { 'config/agents/a.yaml': AGENT, 'data/earshot.db': 'this is no database, '.repeat(400) },
    says: /^The call log .*earshot\.db is damaged .*: move it away or put a copy back, then start again$/,
  },
  {
    why: 'a database that is a folder',
    files: { 'config/agents/a.yaml': AGENT, 'data/earshot.db/inside.txt': '' },
    says: /^The call log .*earshot\.db cannot be opened: check /,
  },
]

function tool(name: string): string {
  return `
import { defineTool } from 'earshot'
import { z } from 'zod'
export default defineTool({ name: '${name}', description: 'Finds.', parameters: z.object({}), handler: () => 1 })
`
}

/** Nothing was started, and a person is told why: without a stack and without a secret. */
function expectRefused(result: { code: number | null; stdout: string; stderr: string }): void {
  expect(result.code).toBe(1)
  expect(result.stderr).not.toMatch(/^\s+at /m)
  for (const secret of [SECRET, AUTH_TOKEN]) expect(result.stdout + result.stderr).not.toContain(secret)
}

function expectSentence(result: { code: number | null; stdout: string; stderr: string }, sentence: RegExp): void {
  expect(result.stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(sentence)])
  expectRefused(result)
}

it.concurrent.for(REFUSALS)('does not start with $why, and says so', async ({ env = {}, files, says, lists = [] }) => {
  using folder = new Folder(files ?? { 'config/agents/a.yaml': AGENT })
  const result = await run(['serve'], { ...folder.env, ...env })
  if (says !== undefined) return expectSentence(result, says)
  for (const line of lists) expect(result.stderr.split('\n')).toContainEqual(expect.stringMatching(line))
  expectRefused(result)
})

it.concurrent('does not start on a port that is taken, and says so', async () => {
  using folder = new Folder({ 'config/agents/a.yaml': AGENT })
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const PORT = String(typeof address === 'object' && address !== null ? address.port : 0)
  const result = await run(['serve'], { ...folder.env, PORT })
  other.close()
  expectSentence(
    result,
    new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${PORT}: .*EADDRINUSE.*\\. Set PORT or HOST\\.$`),
  )
})

it.concurrent('does not start on a call log that another server has, and says so', async () => {
  using folder = new Folder({ 'config/agents/a.yaml': AGENT })
  await using _first = await ServerChild.ready({ env: folder.env })
  expectSentence(
    await run(['serve'], folder.env),
    /^The call log .*earshot\.db is in use by another Earshot server: stop that one, or give this one its own DATA_DIR$/,
  )
})

it.concurrent('starts offline on any free port, says why it is offline, and answers who asks whether it lives', async () => {
  using folder = new Folder({ 'config/agents/a.yaml': AGENT })
  await using server = await ServerChild.ready({ env: { ...folder.env, PORT: '0' } })
  expect(new URL(server.url).port).not.toBe('0')
  await server.until(() => /\/setup#\S+\n/.test(server.stdout), 'the whole banner')
  const banner = server.stdout.split('\n').filter((line) => !line.startsWith('{'))
  expect(banner).toEqual([
    `Earshot listens on ${server.url}`,
    '  agents: a (*)',
    expect.stringMatching(
      /^ {2}OFFLINE: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set, so a stand-in model answers\./,
    ),
    '  Twilio: off, because TWILIO_AUTH_TOKEN is not set; no phone call is answered',
    '  console: nobody can sign in yet; make the first admin at',
    expect.stringMatching(/^ {4}http:\/\/127\.0\.0\.1:\d+\/setup#[\w-]+$/),
    '',
  ])
  expect(await get(`${server.url}/healthz`)).toEqual({ status: 200, text: '{"status":"ok"}' })
  expect(await get(`${server.url}/readyz`)).toEqual({ status: 200, text: '{"ready":true,"why":null,"liveCalls":0}' })
  expect((await get(`${server.url}/twilio/voice`)).status).toBe(405)
  server.signal('SIGTERM')
  expect(await server.exited).toEqual({ code: 0, signal: null })
  expect(server.stderr).toBe('')
})

it.concurrent('a secret that is right is printed no more than one that is wrong', async () => {
  using folder = new Folder({ 'config/agents/a.yaml': AGENT })
  const PUBLIC_URL = 'http://127.0.0.1:1'
  await using server = await ServerChild.ready({
    env: { ...folder.env, PUBLIC_URL, TWILIO_AUTH_TOKEN: AUTH_TOKEN, OPENAI_API_KEY: SECRET, LOG_LEVEL: 'trace' },
  })
  server.signal('SIGTERM')
  expect(await server.exited).toEqual({ code: 0, signal: null })
  for (const secret of [SECRET, AUTH_TOKEN]) expect(server.stdout + server.stderr).not.toContain(secret)
})

it.concurrent('earshot check ends 0 when all is well and 1 when something is to be mended, in words and as JSON', async () => {
  using well = new Folder({ 'config/agents/a.yaml': AGENT })
  using ill = new Folder({
    'config/agents/a.yaml': AGENT,
    'config/agents/b.yaml': 'instructions: Be brief.\ngreting: Hello\n',
    'config/tools/broken.ts': 'export default 1\n',
  })
  const [inWords, asJson, illWords, illJson] = await Promise.all([
    run(['check'], well.env),
    run(['check', '--json'], well.env),
    run(['check'], ill.env),
    run(['check', '--json'], ill.env),
  ])
  expect([inWords, asJson, illWords, illJson].map(({ code }) => code)).toEqual([0, 0, 1, 1])
  expect([inWords, asJson, illWords, illJson].map(({ stderr }) => stderr)).toEqual(['', '', '', ''])
  expect(JSON.parse(asJson.stdout)).toMatchObject({ agents: [{ name: 'a' }], problems: [] })
  expect(JSON.parse(illJson.stdout)).toMatchObject({
    agents: [{ name: 'a' }],
    problems: expect.arrayContaining([
      expect.objectContaining({ file: ill.join('config/tools/broken.ts') }),
      expect.objectContaining({ file: ill.join('config/agents/b.yaml'), line: 2, column: 1 }),
    ]),
  })
  expect(illWords.stdout).toMatch(/b\.yaml:2:1 /)
  expect(illWords.stdout).toMatch(/broken\.ts:/)
})

it.concurrent('refuses commands and options it does not know, and lists calls of a log that is not there as a sentence', async () => {
  using folder = new Folder({ 'config/agents/a.yaml': AGENT })
  mkdirSync(folder.join('data'))
  const [command, option, calls] = await Promise.all([
    run(['sing'], folder.env),
    run(['serve', '--grace-seconds', 'soon'], folder.env),
    run(['calls'], folder.env),
  ])
  expectSentence(command, /unknown command 'sing'/)
  expectSentence(option, /'soon' is invalid.*a number of seconds/)
  expectSentence(calls, /^There is no call log at .*earshot\.db: /)
})
