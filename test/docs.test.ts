/** Pages that list what the code lists say the same as the code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { END_REASONS } from '../src/call/end-reason.ts'
import { END_WORDS } from '../src/call/end-words.ts'
import { CALL_ERRORS } from '../src/call/errors.ts'
import { VARIABLES } from '../src/config/config.ts'
import { API_ERRORS } from '../src/console/http/errors.ts'

const ROOT = join(import.meta.dirname, '..')

/**
 * The rows of a page's table, without its head: cells trimmed, code marks taken off.
 * @param section under which heading of the second order; default: all of the page
 */
function rows(file: string, section?: string): string[][] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const part = section === undefined ? text : text.split('\n## ').find((each) => each.startsWith(`${section}\n`))
  const lines = (part ?? '').split('\n').filter((line) => line.startsWith('| `'))
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

it('docs/errors.md lists every error code of a call', () => {
  const listed = Object.entries(CALL_ERRORS).map(([code, { fault, retry, what }]) => [
    code,
    fault,
    retry ? 'yes' : 'no',
    what,
  ])
  expect(rows('docs/errors.md', 'Errors of a call')).toEqual(listed)
})

it('docs/errors.md lists every error code of the API', () => {
  const listed = Object.entries(API_ERRORS).map(([code, { status, what }]) => [code, String(status), what])
  expect(rows('docs/errors.md', 'Errors of the API')).toEqual(
    listed.map((row) => row.map((cell) => cell.replaceAll('`', ''))),
  )
})

it('docs/end-reasons.md lists every end reason', () => {
  const listed = Object.entries(END_REASONS).map(([reason, { family, fault }]) => [reason, family, fault ?? ''])
  expect(rows('docs/end-reasons.md').map((row) => row.slice(0, 3))).toEqual(listed)
})

it('docs/end-reasons.md says why calls end in the words of the console', () => {
  const sentences = Object.entries(END_WORDS).map(([reason, { sentence }]) => [reason, sentence.replaceAll('`', '')])
  expect(rows('docs/end-reasons.md').map(([reason, , , words]) => [reason, words])).toEqual(sentences)
})

it('.env.example lists every variable, and no other', () => {
  const text = readFileSync(join(ROOT, '.env.example'), 'utf8')
  const listed = [...text.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1])
  expect(listed.toSorted()).toEqual([...VARIABLES].toSorted())
})
