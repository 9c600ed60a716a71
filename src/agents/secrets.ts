/**
 * `${ENV_NAME}`: a secret of the environment, named where a secret belongs and nowhere else. Files, versions and the call
 * log hold the name; the value is looked up where it is used. A schema marks such places with `.meta({ secret: true })`.
 */
import { isSecret, secretPaths } from './schema-keys.ts'

/** Names as environments have them: other templates, such as `${order}`, are none of ours. */
const REFERENCE = /\$\{([A-Z_][A-Z0-9_]*)\}/g

export interface SecretFault {
  readonly path: readonly PropertyKey[]
  readonly name: string
  readonly message: string
}

/** @param env the environment that the references are looked up in */
export function secretFaults(
  schema: unknown,
  content: unknown,
  env: Readonly<Record<string, string | undefined>>,
): readonly SecretFault[] {
  return referencesIn(content, []).flatMap(({ path, name }) => {
    const message = isSecret(schema, path) ? unset(name, env) : misplaced(schema, name)
    return message === null ? [] : [{ path, name, message }]
  })
}

function unset(name: string, env: Readonly<Record<string, string | undefined>>): string | null {
  if ((env[name] ?? '').trim() !== '') return null
  return `the environment has no ${name}: set it, or name another variable`
}

function misplaced(schema: unknown, name: string): string {
  const places = secretPaths(schema)
  const where = places.length === 0 ? 'no key here takes one' : `only ${places.map((each) => `\`${each}\``).join(', ')}`
  return `\`\${${name}}\` is read only where secrets belong: ${where}`
}

function referencesIn(value: unknown, path: readonly PropertyKey[]): { path: readonly PropertyKey[]; name: string }[] {
  if (typeof value === 'string') {
    const names = new Set([...value.matchAll(REFERENCE)].map((match) => match[1] ?? ''))
    return [...names].map((name) => ({ path, name }))
  }
  if (Array.isArray(value)) return value.flatMap((part, index) => referencesIn(part, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => referencesIn(part, [...path, key]))
}
