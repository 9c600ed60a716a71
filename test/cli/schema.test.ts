import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { agentSchemaText } from '../../src/agents/json-schema.ts'
import { agentReference } from '../../src/agents/reference.ts'
import { configWith } from '../agents/config-folder.ts'
import { earshot } from './run.ts'

const MARKS = ['<!-- keys: written by `earshot schema --page` -->', '<!-- end of keys -->']

it('writes the schema and the tables of a page, and finds them current from then on', async () => {
  const config = configWith({ 'agent.md': `# Keys\n${MARKS.join('\nold\n')}\nBehind.\n` })
  const file = join(config, 'agent.schema.json')
  const page = join(config, 'agent.md')
  const args = ['schema', '--page', page]
  expect(await earshot(args, { CONFIG_DIR: config })).toEqual({
    code: 0,
    stdout: `${file} is written\n${page} is written\n`,
    stderr: '',
  })
  expect(readFileSync(file, 'utf8')).toBe(agentSchemaText())
  expect(readFileSync(page, 'utf8')).toBe(`# Keys\n${MARKS.join(`\n\n${agentReference()}\n\n`)}\nBehind.\n`)
  expect(await earshot([...args, '--check'], { CONFIG_DIR: config })).toEqual({
    code: 0,
    stdout: `${file} is current\n${page} is current\n`,
    stderr: '',
  })
})

it('fails on a file that is not current when it is only to check, and leaves it as it is', async () => {
  const config = configWith({})
  const file = join(config, 'agent.schema.json')
  const stale = { code: 1, stdout: `${file} is not current: run \`earshot schema\`\n`, stderr: '' }
  expect(await earshot(['schema', '--check'], { CONFIG_DIR: config })).toEqual(stale)
  writeFileSync(file, '{}\n')
  expect(await earshot(['schema', '--check'], { CONFIG_DIR: config })).toEqual(stale)
  expect(readFileSync(file, 'utf8')).toBe('{}\n')
})

it('says what a page lacks', async () => {
  const config = configWith({ 'agent.md': '# Keys\n' })
  const { code, stderr } = await earshot(['schema', '--page', join(config, 'agent.md')], { CONFIG_DIR: config })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `${join(config, 'agent.md')} needs the lines ${MARKS.join(' and ')}: the tables stand between them.\n`,
  })
})
