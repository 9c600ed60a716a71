/** Secrets of handlers: by name, typed, looked up when a file is loaded, and nowhere else. */
import { expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { loadConfigDir } from '../../src/config-dir/load.ts'
import { defineTool, withSecrets } from '../../src/tools/tool.ts'
import { configWith } from '../agents/config-folder.ts'
import { earshot } from '../cli/run.ts'
import { toolContext } from './tool-context.ts'

const FILE = `import { defineTool } from 'earshot'
import { z } from 'zod'
export default defineTool({
  name: 'ask_crm', description: 'Asks.', parameters: z.object({}), secrets: ['CRM_KEY', 'CRM_USER'],
  handler: (_, { secrets }) => secrets.CRM_USER + ' has a key of ' + secrets.CRM_KEY.length,
})
`
const FILES = { 'agents/x.yaml': 'instructions: hi\ntools: [ask_crm]\n', 'tools/ask-crm.ts': FILE }

it('gives a handler the secrets it names, and no others', async () => {
  const seen: unknown[] = []
  const tool = defineTool({
    name: 'ask',
    description: 'Asks.',
    parameters: z.object({}),
    secrets: ['CRM_KEY'],
    handler: (_, { secrets }) => {
      expectTypeOf(secrets).toEqualTypeOf<Readonly<Record<'CRM_KEY', string>>>()
      seen.push(secrets)
    },
  })
  await withSecrets(tool, { CRM_KEY: 'k', OTHER: 'o' }).run('{}', toolContext().context)
  expect(seen).toEqual([{ CRM_KEY: 'k' }])
})

it('does not run a handler without what it names', async () => {
  const tool = defineTool({
    name: 'ask',
    description: 'Asks.',
    parameters: z.object({}),
    readOnly: true,
    secrets: ['CRM_KEY'],
    handler: () => 'asked',
  })
  expect(await tool.run('{}', toolContext().context)).toMatchObject({ status: 'failed' })
})

it('refuses names that are none of the environment', () => {
  const parameters = z.object({})
  const define = (secret: string) =>
    defineTool({ name: 'ask', description: 'Asks.', parameters, secrets: [secret], handler: () => 1 })
  expect(() => define('crm key')).toThrow(
    new TypeError("the secrets of ask are names of the environment, like ['CRM_KEY']"),
  )
})

it('looks them up when the file is loaded, and makes the same tool of the same file', async () => {
  const config = configWith(FILES)
  const env = { CRM_KEY: 's3cret\n', CRM_USER: 'harbour' }
  const { tools, problems } = await loadConfigDir(config, env)
  expect(problems).toEqual([])
  expect(await tools.get('ask_crm')?.run('{}', toolContext().context)).toMatchObject({
    output: 'harbour has a key of 6',
  })
  expect((await loadConfigDir(config, env)).tools.get('ask_crm')).toBe(tools.get('ask_crm'))
  expect((await loadConfigDir(config, { ...env, CRM_USER: 'x' })).tools.get('ask_crm')).not.toBe(tools.get('ask_crm'))
})

it('says in `earshot check` which are not set, with the file', async () => {
  const config = configWith(FILES)
  const { code, stdout } = await earshot(['check'], { CONFIG_DIR: config, CRM_KEY: 's3cret' })
  expect(stdout).toContain(
    `${config}/tools/ask-crm.ts:1:1  the environment has no CRM_USER, which ask_crm names under \`secrets\`: set it`,
  )
  expect(code).toBe(1)
  expect(stdout).not.toContain('s3cret')
})
