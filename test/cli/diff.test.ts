import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { textOf } from '../../src/agents/effective.ts'
import { diffLines, withContext } from '../../src/agents/line-diff.ts'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { printDiff } from '../../src/cli/diff.ts'
import { configWith, put, told } from '../agents/config-folder.ts'
import { PLAIN } from './printed.ts'
import { earshot } from './run.ts'

const AT = Date.parse('2026-11-21T10:00:00Z')

/** The versions of agents with these files. */
async function versions(files: Readonly<Record<string, string>>) {
  const { agents, problems } = await told(files)
  expect(problems).toEqual([])
  return agents.map((agent) => ({ name: agent.name, version: agent.version, text: textOf(agent) }))
}

function printed(...args: [Parameters<typeof printDiff>[0], Parameters<typeof printDiff>[1]]): string[] {
  const lines: string[] = []
  printDiff(...args, (line) => lines.push(line), PLAIN)
  return lines
}

it('shows what changes, with a little around it, and which agents are new and gone', async () => {
  const running = await versions({
    'agents/shop.yaml':
      'instructions: |\n  Be brief.\n  Be kind.\nmodel: { voice: marin }\nlimits: { maxMinutes: 30 }\n',
    'agents/old.yaml': 'instructions: hi\n',
    'agents/same.yaml': 'instructions: hi\n',
  })
  const onDisk = await versions({
    'agents/base/b.yaml': 'model: { voice: cedar }\n',
    'agents/shop.yaml': 'extends: base/b.yaml\ninstructions: |\n  Be brief.\n  Be friendly.\n',
    'agents/new.yaml': 'instructions: hi\n',
    'agents/same.yaml': '# only a comment\ninstructions: hi\n',
  })
  const version = (list: typeof running, name: string) => list.find((each) => each.name === name)?.version
  expect(printed({ at: AT, agents: running }, onDisk)).toEqual([
    'what answers calls since 2026-11-21 10:00:00 UTC, against the files',
    `new is new: ${version(onDisk, 'new')}`,
    `old is gone: ${version(running, 'old')}`,
    `shop changes: ${version(running, 'shop')} → ${version(onDisk, 'shop')}`,
    '    instructions: |-',
    '      Be brief.',
    '  -   Be kind.',
    '  +   Be friendly.',
    '    greeting: null',
    '    language: null',
    '  …',
    '      provider: openai',
    '      name: gpt-realtime-2.1',
    '  -   voice: marin',
    '  +   voice: cedar',
    '      reasoning: low',
    '      speed: 1',
    '  …',
  ])
})

it('says so when nothing changes, and when nothing has run', async () => {
  const agents = await versions({ 'agents/a.yaml': 'instructions: hi\n' })
  expect(printed({ at: AT, agents }, agents)[1]).toBe('the same agents: nothing changes')
  expect(printed(null, agents)).toEqual([
    'No server has answered calls with this DATA_DIR yet: there is nothing to compare with.',
  ])
})

it('compares the files with what the server wrote down, and fails on files it would refuse', async () => {
  const config = configWith({ 'agents/a.yaml': 'instructions: hi\n' })
  const env = { CONFIG_DIR: config, DATA_DIR: join(config, 'data') }
  expect(await earshot(['diff'], env)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^There is no call log at/),
  })
  const log = await openSqliteCallLog({ path: join(config, 'data', 'earshot.db') })
  const running = await versions({ 'agents/a.yaml': 'instructions: hi\n' })
  await log.agentsRun(running, AT)
  expect((await earshot(['diff'], env)).stdout).toContain('nothing changes')
  put(config, 'agents/a.yaml', 'instructions: ho\n')
  expect(await earshot(['diff'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('- instructions: hi\n'),
  })
  put(config, 'agents/a.yaml', 'instruction: ho\n')
  expect(await earshot(['diff'], env)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /a\.yaml:1:1 .*\n.*\na server takes none of this: what answers calls stays as it is\n$/,
    ),
  })
  await log.close()
})

it('tells a change of lines that leads from one text to the other, and no more than need be', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after)
      const read = (kind: 'gone' | 'new') =>
        lines.flatMap((line) => (line.kind === 'same' || line.kind === kind ? [line.text] : [])).join('\n')
      expect(read('gone')).toBe(before)
      expect(read('new')).toBe(after)
      expect(lines.every(({ kind }) => kind === 'same')).toBe(before === after)
      const shown = withContext(lines, 1).filter((line) => line !== null)
      expect(shown.filter(({ kind }) => kind !== 'same')).toEqual(lines.filter(({ kind }) => kind !== 'same'))
    }),
  )
  expect(diffLines('a\nb\nc', 'a\nc\nd').map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'same a',
    'gone b',
    'same c',
    'new d',
  ])
})
