/** Pages that list what the code lists say the same as the code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { END_REASONS } from '../src/call/end-reason.ts'
import { CALL_ERRORS } from '../src/call/errors.ts'
import { VARIABLES } from '../src/config/config.ts'

const ROOT = join(import.meta.dirname, '..')

/** The rows of a page's table, without its head: cells trimmed, code marks taken off. */
function rows(file: string): string[][] {
  const lines = readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

it('docs/errors.md lists every error code', () => {
  const listed = Object.entries(CALL_ERRORS).map(([code, { fault, retry, what }]) => [
    code,
    fault,
    retry ? 'yes' : 'no',
    what,
  ])
  expect(rows('docs/errors.md')).toEqual(listed)
})

it('docs/end-reasons.md lists every end reason', () => {
  const listed = Object.entries(END_REASONS).map(([reason, { family, fault }]) => [reason, family, fault ?? ''])
  expect(rows('docs/end-reasons.md').map((row) => row.slice(0, 3))).toEqual(listed)
})

it('.env.example lists every variable, and no other', () => {
  const text = readFileSync(join(ROOT, '.env.example'), 'utf8')
  const listed = [...text.matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map((match) => match[1])
  expect(listed.toSorted()).toEqual([...VARIABLES].toSorted())
})
