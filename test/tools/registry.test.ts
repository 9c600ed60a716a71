import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadTools } from '../../src/tools/registry.ts'
import { toolContext } from './tool-context.ts'

let configDir = ''
beforeEach(() => {
  configDir = mkdtempSync(join(tmpdir(), 'earshot-tools-'))
  mkdirSync(join(configDir, 'tools'))
})
afterEach(() => rmSync(configDir, { recursive: true }))

function write(name: string, text: string): string {
  const file = join(configDir, 'tools', name)
  writeFileSync(file, text)
  return file
}

function handler(name: string, answer = 'Found.'): string {
  return `import { defineTool } from 'earshot'
import { z } from 'zod'
type Answer = string
export default defineTool({
  name: '${name}', description: 'Looks up.', parameters: z.object({ id: z.string() }),
  handler: ({ id }): Answer => '${answer} ' + id,
})`
}

interface Seen {
  readonly tools: Readonly<Record<string, string>>
  readonly problems: readonly { readonly file: string; readonly message: string }[]
  readonly stderr: string
}

/** In a process of its own: what resolves a handler's imports there is Node, and here it is the test runner. */
async function load(folder = configDir): Promise<Seen> {
  const program = fileURLToPath(new URL('print-tools.ts', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, folder])
  return { ...JSON.parse(stdout), stderr }
}

/** As {@link load}, and again after each of these changes, in one process; what each tool answered each time. */
async function loadAgain(changes: readonly Readonly<Record<string, string>>[]): Promise<unknown> {
  const program = fileURLToPath(new URL('print-tools-again.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program, configDir, JSON.stringify(changes)])
  return JSON.parse(stdout)
}

it('loads handlers from a folder that knows nothing of Earshot, and runs them', async () => {
  write('b.ts', handler('look_up'))
  write('a.ts', `import { prefix } from './lib/words.ts'\n${handler('find', "' + prefix + '")}`)
  mkdirSync(join(configDir, 'tools', 'lib'))
  write('lib/words.ts', `import { z } from 'zod/v4'\nexport const prefix: string = z.string().parse('Here:')`)
  write('readme.md', 'no handler')
  write('types.d.ts', 'declare const x: number')
  expect(await load()).toEqual({ tools: { find: 'Here: 7', look_up: 'Found. 7' }, problems: [], stderr: '' })
})

it('loads handlers through the symbolic links of a mounted ConfigMap', async () => {
  write('look-up.ts', handler('look_up'))
  const mount = mkdtempSync(join(tmpdir(), 'earshot-mount-'))
  mkdirSync(join(mount, 'tools', '..2026_11_21'), { recursive: true })
  renameSync(join(configDir, 'tools', 'look-up.ts'), join(mount, 'tools', '..2026_11_21', 'look-up.ts'))
  symlinkSync('..2026_11_21', join(mount, 'tools', '..data'))
  symlinkSync(join('..data', 'look-up.ts'), join(mount, 'tools', 'look-up.ts'))
  expect(await load(mount)).toMatchObject({ tools: { look_up: 'Found. 7' }, problems: [] })
  rmSync(mount, { recursive: true })
})

it('says of each file what is wrong and what to do, and loads the others', async () => {
  write('a-good.ts', handler('look_up'))
  write('b-clash.ts', handler('look_up'))
  write('c-builtin.ts', handler('end_call'))
  write('d-nothing.ts', 'export const answer = 42')
  write('e-other.ts', 'export default { name: "x" }')
  write('f-name.ts', handler('look up'))
  write('g-syntax.ts', 'export default defineTool({')
  write('h-import.ts', `import x from 'no-such-package'\nexport default x`)
  write('i-throws.ts', `throw new Error('the database is asleep')`)
  const { tools, problems } = await load()
  expect(tools).toEqual({ look_up: 'Found. 7' })
  const file = (name: string): string => join(configDir, 'tools', name)
  expect(problems).toEqual([
    {
      file: file('b-clash.ts'),
      message: `the tool name look_up is taken by ${file('a-good.ts')}: choose another name`,
    },
    { file: file('c-builtin.ts'), message: 'the tool name end_call is taken by a built-in tool: choose another name' },
    { file: file('d-nothing.ts'), message: 'has no default export: write `export default defineTool({ … })`' },
    {
      file: file('e-other.ts'),
      message: 'does not default-export a tool: write `export default defineTool({ … })`, with defineTool from earshot',
    },
    {
      file: file('f-name.ts'),
      message: 'cannot be loaded: the name "look up" must be 1 to 64 letters, digits, "_" and "-"',
    },
    { file: file('g-syntax.ts'), message: expect.stringMatching(/^cannot be loaded: .+/) },
    { file: file('h-import.ts'), message: expect.stringMatching(/^cannot be loaded: .*no-such-package/) },
    { file: file('i-throws.ts'), message: 'cannot be loaded: the database is asleep' },
  ])
})

it('imports anew what has changed, a file that handlers share too, and nothing else', async () => {
  const counting = (name: string) => `import { defineTool } from 'earshot'
import { z } from 'zod'
import { shared } from './lib/shared.ts'
import data from './lib/data.json' with { type: 'json' }
let runs = 0
export default defineTool({
  name: '${name}', description: 'Counts.', parameters: z.object({ id: z.string() }),
  handler: () => \`\${data.word} \${++runs} \${++shared.runs}\`,
})`
  mkdirSync(join(configDir, 'tools', 'lib'))
  write('a.ts', counting('a'))
  write('b.ts', counting('b'))
  write('lib/shared.ts', 'export const shared = { runs: 0 }')
  write('lib/data.json', '{ "word": "old" }')
  const seen = await loadAgain([
    {},
    { 'a.ts': `${counting('a')}\n// changed` },
    { 'lib/data.json': '{ "word": "other" }' },
  ])
  expect(seen).toEqual([
    { a: 'old 1 1', b: 'old 1 2' },
    { a: 'old 2 3', b: 'old 2 4' },
    { a: 'old 1 5', b: 'old 3 6' },
    { a: 'other 1 1', b: 'other 1 2' },
  ])
})

it('takes a folder without tools for no tools', async () => {
  expect(await loadTools(join(configDir, 'nowhere'))).toEqual({ tools: new Map(), problems: [] })
})

it('loads the demo’s handler, which knows an order by its number however it was spoken', async () => {
  const { tools, problems } = await loadTools(fileURLToPath(new URL('../../config', import.meta.url)))
  expect(problems).toEqual([])
  const ask = async (id: string) =>
    (await tools.get('lookup_order')?.run(JSON.stringify({ order: id }), toolContext().context))?.output
  const found = await ask('HB-1042')
  expect(JSON.parse(found ?? '')).toMatchObject({ found: true, order: 'HB-1042', status: 'in the workshop' })
  for (const spoken of ['h b 1042', 'HB1042', 'H.B. 10 42', '1042', 'hb–1042']) expect(await ask(spoken)).toBe(found)
  for (const wrong of ['HB-9999', '10425', 'HB-104', 'HX-1042']) expect(await ask(wrong)).toContain('"found":false')
})
