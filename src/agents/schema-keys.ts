/** What a zod schema says of its keys: which there are and where, which are merged one by one, and which are secrets. */
import { z } from 'zod'

/** The keys at a path; of a choice of shapes, those of all of them. */
export function keysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let schemas: readonly unknown[] = [schema]
  for (const step of path) schemas = schemas.flatMap(unwrap).flatMap((each) => childOf(each, step))
  return [...new Set(schemas.flatMap(unwrap).flatMap((each) => Object.keys(shapeOf(each))))]
}

/** Paths such as `model.voice` at which a key of this name is known; names of a record's entries are not looked into. */
export function pathsOf(schema: unknown, key: string): readonly string[] {
  const found = unwrap(schema).flatMap((each) =>
    Object.entries(shapeOf(each)).flatMap(([name, child]) => [
      ...(name === key ? [name] : []),
      ...pathsOf(child, key).map((path) => `${name}.${path}`),
    ]),
  )
  return [...new Set(found)]
}

/** The part of a schema that a key's value is held to; of a choice of shapes, none: such values are one whole. */
export function mapChild(schema: unknown, key: string): unknown {
  const plain = unchosen(schema)
  const shape = shapeOf(plain)
  return Object.hasOwn(shape, key) ? shape[key] : definition(plain).valueType
}

/** Whether what fits it is made of keys that each stand for themselves: not a choice of shapes, a list or a single value. */
export function isMapSchema(schema: unknown): boolean {
  const { shape, valueType } = definition(unchosen(schema))
  return shape !== undefined || valueType !== undefined
}

/** Whether a value at this path is marked as a secret, in any of the shapes it may have, or lies in one that is. */
export function isSecret(schema: unknown, path: readonly PropertyKey[]): boolean {
  let schemas: readonly unknown[] = [schema]
  for (const step of path) {
    if (schemas.some(hasSecretMark)) return true
    schemas = schemas.flatMap(unwrap).flatMap((each) => childOf(each, step))
  }
  return schemas.some(hasSecretMark)
}

/** Where secrets belong, as `tools.*.http.headers.*`. */
export function secretPaths(schema: unknown): readonly string[] {
  if (hasSecretMark(schema)) return ['']
  const found = unwrap(schema).flatMap((each) => {
    if (hasSecretMark(each)) return ['']
    const { valueType, element } = definition(each)
    const children: [string, unknown][] = Object.entries(shapeOf(each))
    if (valueType !== undefined || element !== undefined) children.push(['*', valueType ?? element])
    return children.flatMap(([name, child]) =>
      secretPaths(child).map((rest) => (rest === '' ? name : `${name}.${rest}`)),
    )
  })
  return [...new Set(found)]
}

/** On the schema itself, or inside what only says whether the value may be left out. */
function hasSecretMark(schema: unknown): boolean {
  if (schema instanceof z.ZodType && schema.meta()?.secret === true) return true
  const { innerType, out, options } = definition(schema)
  const inner = innerType ?? out
  return inner !== undefined ? hasSecretMark(inner) : Array.isArray(options) && options.some(hasSecretMark)
}

/** Without what only says whether a value may be left out. */
function unchosen(schema: unknown): unknown {
  const { innerType, out } = definition(schema)
  const inner = innerType ?? out
  return inner === undefined ? schema : unchosen(inner)
}

type Shape = Readonly<Record<string, unknown>>

function definition(schema: unknown): Shape {
  const def: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'def') : undefined
  return typeof def === 'object' && def !== null ? { ...def } : {}
}

function unwrap(schema: unknown): readonly unknown[] {
  const { innerType, options, out } = definition(schema)
  if (innerType !== undefined || out !== undefined) return unwrap(innerType ?? out)
  if (Array.isArray(options)) return options.flatMap(unwrap)
  return [schema]
}

function shapeOf(schema: unknown): Shape {
  const { shape } = definition(schema)
  return typeof shape === 'object' && shape !== null ? { ...shape } : {}
}

function childOf(schema: unknown, step: PropertyKey): readonly unknown[] {
  const shape = shapeOf(schema)
  if (Object.hasOwn(shape, step)) return [shape[String(step)]]
  const { valueType, element } = definition(schema)
  return [valueType ?? element].filter((child) => child !== undefined)
}
