/** Files of test/agents/broken, each wrong in one place: their last line is what `earshot check` must say of them, to people and programs. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { configWith } from '../agents/config-folder.ts'
import { earshot } from './run.ts'

const FOLDER = join(import.meta.dirname, '../agents/broken')
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))
const PRICES = readFileSync(join(import.meta.dirname, '../../config/pricing.yaml'), 'utf8')

const Told = z.object({
  problems: z.array(
    z.object({ file: z.string(), line: z.number(), column: z.number(), path: z.string(), message: z.string() }),
  ),
  warnings: z.array(z.unknown()),
})

/** All of them at once, as an operator who has much to mend has them. */
const files = Object.fromEntries(NAMES.map((name) => [`agents/${name}`, readFileSync(join(FOLDER, name), 'utf8')]))
const expected = NAMES.map((name) => {
  const said = (files[`agents/${name}`] ?? '').trimEnd().split('\n').at(-1)?.replace(/^# /, '')
  return `agents/${name}:${said}`
})

it('there are more than ten of them, each with a place and a sentence', () => {
  expect(NAMES.length).toBeGreaterThan(10)
  for (const line of expected) expect(line).toMatch(/^agents\/[\w-]+\.yaml:\d+:\d+ {2}\S.{20,}$/)
})

it('are each told to people with file, line, column and what would be right', async () => {
  const config = configWith({ ...files, 'pricing.yaml': PRICES })
  const { code, stdout } = await earshot(['check'], { CONFIG_DIR: config })
  expect(code).toBe(1)
  expect(stdout.replaceAll(`${config}/`, '').trimEnd().split('\n')).toEqual([
    ...expected,
    `${expected.length} to mend; 0 agents are well`,
  ])
})

it('are each told to programs in the same words', async () => {
  const config = configWith({ ...files, 'pricing.yaml': PRICES })
  const { code, stdout } = await earshot(['check', '--json'], { CONFIG_DIR: config })
  expect(code).toBe(1)
  const { problems, warnings } = Told.parse(JSON.parse(stdout))
  const lines = problems.map(({ file, line, column, path, message }) => {
    return `${file.replace(`${config}/`, '')}:${line}:${column}  ${path === '' ? '' : `${path}: `}${message}`
  })
  expect(lines).toEqual(expected)
  expect(warnings).toEqual([])
})
