/** What is wrong with a request, field by field, in sentences that never repeat what was sent. */
import type { z } from 'zod'
import { nearest } from '../../agents/nearest.ts'
import type { Refusal } from '../contract/endpoint.ts'

type Issue = z.core.$ZodIssue
export interface BadField {
  readonly path: string
  readonly message: string
}

const FIELDS_MOST = 20

/**
 * @param where `path`, `query` or `body`: stands before each field
 * @param known names that may stand there, for one that is misspelt
 */
export function badFields(where: string, issues: readonly Issue[], known: readonly string[]): BadField[] {
  return issues.flatMap((issue) => told(where, issue, known)).slice(0, FIELDS_MOST)
}

/** @returns the sentence of the refusal, which names the fields */
export function badRequestMessage(fields: NonNullable<Refusal['error']['fields']>): string {
  const [first] = fields
  if (first === undefined) return 'something in the request is wrong'
  const more = fields.length === 1 ? '' : `, and ${fields.length - 1} more`
  return `${first.path}: ${first.message}${more}`
}

function told(where: string, issue: Issue, known: readonly string[]): BadField[] {
  const path = [where, ...issue.path.map(String)].join('.')
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, known))
  return [{ path, message: sentence(issue) }]
}

/** What a name looks like may be repeated; anything else may be a secret that was put into the wrong place. */
function unknownKey(path: string, key: string, known: readonly string[]): BadField {
  const plain = /^[A-Za-z][A-Za-z_-]{0,39}$/.test(key)
  const meant = nearest(key, known)
  const hint = meant === null ? 'leave it out' : `did you mean \`${meant}\`?`
  return { path: plain ? `${path}.${key}` : path, message: `is not known here: ${hint}` }
}

function sentence(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is missing'
      return `must be ${article(issue.expected)}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'too_small':
      if (isOurs(issue)) return issue.message
      return issue.origin === 'string' && issue.minimum === 1
        ? 'must not be empty'
        : `must be ${sized(issue.origin, 'at least', issue.minimum)}`
    case 'too_big':
      return isOurs(issue) ? issue.message : `must be ${sized(issue.origin, 'at most', issue.maximum)}`
    case 'invalid_format':
      return isOurs(issue) ? issue.message : `must be ${article(issue.format)}`
    default:
      return isOurs(issue) ? issue.message : 'is not what belongs here'
  }
}

/** A message of the contract's, and none of zod's own. */
function isOurs({ message }: Issue): boolean {
  return !/^(Invalid|Too (small|big)|Unrecognized)/.test(message)
}

function sized(origin: string, bound: string, size: number | bigint): string {
  if (origin === 'string') return `text of ${bound} ${size} characters`
  if (origin === 'array') return `a list of ${bound} ${size}`
  return `${bound} ${size}`
}

function article(what: string): string {
  const name = { string: 'text', int: 'a whole number', boolean: 'true or false', email: 'an email address' }[what]
  return name ?? `${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}`
}
