import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** Ids of the rules, in the order of RULES.md. */
const RULES = [
  ...readFileSync(new URL('../../src/call/RULES.md', import.meta.url), 'utf8').matchAll(/^- \*\*([A-Z]{2}\d+)\*\*/gm),
].map((match) => match[1] ?? '')

/** Ids in the brackets of test names: `it('[TT3] …')`, `it('[LG1] …: [LG2] …')`. */
function quotedIds(): readonly string[] {
  const folder = new URL('./', import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^\s*it\(\s*(['`])(.*)\1,/gm)])
    .flatMap((match) => [...(match[2] ?? '').matchAll(/\[([A-Z]{2}\d+)\]/g)])
    .map((match) => match[1] ?? '')
}

it('every rule has an id of its own, and every id is read', () => {
  expect(new Set(RULES).size).toBe(RULES.length)
  const lines = readFileSync(new URL('../../src/call/RULES.md', import.meta.url), 'utf8').split('\n')
  expect(RULES).toHaveLength(lines.filter((line) => line.startsWith('- ')).length)
  expect(RULES.length).toBeGreaterThan(50)
})

it('every rule is quoted by a test', () => {
  const quoted = new Set(quotedIds())
  expect(RULES.filter((id) => !quoted.has(id))).toEqual([])
})

it('no test quotes a rule that does not exist', () => {
  const known = new Set(RULES)
  expect(quotedIds().filter((id) => !known.has(id))).toEqual([])
})

it('no comment of the core cites a rule that does not exist', () => {
  const folder = new URL('../../src/call/', import.meta.url)
  const known = new Set(RULES)
  const cited = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/\b[A-Z]{2}\d\b/g)])
    .map((match) => match[0])
  expect(cited.filter((id) => !known.has(id))).toEqual([])
  expect(cited.length).toBeGreaterThan(20)
})
