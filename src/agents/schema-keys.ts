/** The keys that a zod schema knows, and where: for what is said about keys that it does not know. */

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
  const own = shapeOf(schema)[String(step)]
  if (own !== undefined) return [own]
  const { valueType, element } = definition(schema)
  return [valueType ?? element].filter((child) => child !== undefined)
}
