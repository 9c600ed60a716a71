/**
 * A file and the files it extends, as one. Keys of the file stand before those of its base; maps are merged key by key;
 * lists, single values and choices of shapes (a turn, a destination) are taken whole from the file that names them.
 */
import type { ConfigFiles } from './config-files.ts'
import { type Place, type Problem, problem, startOf } from './problem.ts'
import { isMapSchema, mapChild } from './schema-keys.ts'
import { type ReadYaml, readYaml, type YamlText } from './yaml-text.ts'

export interface Layered {
  /** Merged, without `extends`. */
  readonly content: unknown
  /** What is wrong with the files as such; then `content` is only what could be read. */
  readonly problems: readonly Problem[]
  /** The file that says what is at a path. */
  readonly ownerOf: (path: readonly PropertyKey[]) => YamlText
}

type Content = Readonly<Record<string, unknown>>

/** Which file each part of merged content is from. */
interface Origin {
  readonly owner: YamlText
  /** Parts that are from elsewhere, or merged themselves; null when all is the owner's. */
  readonly parts: ReadonlyMap<string, Origin> | null
}

/** A file to be read, and where another names it. */
interface Named {
  readonly file: string
  readonly at: Place | null
}

/** @param schema of the whole content: it says what is a map of keys, and what is one value */
export async function readLayers(files: ConfigFiles, file: string, schema: unknown): Promise<Layered> {
  const layers: YamlText[] = []
  const problems: Problem[] = []
  for (let next: Named | null = { file, at: null }; next !== null; ) {
    const read = await readLayer(files, next)
    if (!read.ok) {
      problems.push(...read.problems)
      break
    }
    layers.push(read)
    const base = baseOf(files, layers, read)
    if (base !== null && 'message' in base) problems.push(base)
    next = base === null || 'message' in base ? null : base
  }
  return { ...mergeAll(layers, file, schema), problems }
}

async function readLayer(files: ConfigFiles, { file, at }: Named): Promise<ReadYaml> {
  const failed = (place: Place, path: readonly string[], message: string): ReadYaml => {
    return { ok: false, problems: [problem(place, path, message)] }
  }
  const read = await files.text(file, { guarded: at !== null })
  if (!read.ok) return at === null ? failed(startOf(file), [], read.why) : failed(at, ['extends'], read.why)
  const yaml = readYaml(file, read.text)
  if (!yaml.ok) return yaml
  if (yaml.content === null || yaml.content === undefined) {
    const needs = at === null ? 'an agent needs at least `instructions`' : 'there is nothing to extend'
    return failed(startOf(file), [], `the file is empty: ${needs}`)
  }
  if (at !== null && !isMap(yaml.content)) return failed(startOf(file), [], 'keys with values are needed here')
  return yaml
}

/** @returns null when the layer extends nothing */
function baseOf(files: ConfigFiles, layers: readonly YamlText[], layer: YamlText): Named | Problem | null {
  const name = own(layer.content, 'extends')
  if (name === undefined) return null
  const at = layer.locate(['extends'], 'value')
  if (typeof name !== 'string' || name === '') {
    return problem(at, ['extends'], 'the name of one file is needed, like ./base/shop.yaml')
  }
  const file = files.beside(layer.file, name)
  const before = layers.findIndex((each) => each.file === file)
  if (before < 0) return { file, at }
  const circle = [...layers.slice(before).map((each) => each.file), file].map((each) => files.shown(each))
  return problem(at, ['extends'], `goes in a circle: ${circle.join(' → ')}`)
}

function mergeAll(layers: readonly YamlText[], file: string, schema: unknown): Pick<Layered, 'content' | 'ownerOf'> {
  const nobody: YamlText = { file, content: undefined, locate: () => startOf(file), find: () => startOf(file) }
  let content: unknown
  let origin: Origin = { owner: layers[0] ?? nobody, parts: null }
  for (const layer of layers.toReversed()) {
    const said = withoutExtends(layer.content)
    ;[content, origin] =
      content === undefined ? [said, { owner: layer, parts: null }] : merge(schema, said, layer, content, origin)
  }
  return {
    content,
    ownerOf: (path) => {
      let at = origin
      for (const step of path) at = at.parts?.get(String(step)) ?? at
      return at.owner
    },
  }
}

function merge(schema: unknown, over: unknown, owner: YamlText, base: unknown, from: Origin): [unknown, Origin] {
  if (!isMap(over) || !isMap(base) || !isMapSchema(schema)) return [over, { owner, parts: null }]
  const content: Record<string, unknown> = {}
  const parts = new Map<string, Origin>()
  for (const key of new Set([...Object.keys(base), ...Object.keys(over)])) {
    const inherited = from.parts?.get(key) ?? { owner: from.owner, parts: null }
    const [value, origin]: [unknown, Origin] = !Object.hasOwn(over, key)
      ? [base[key], inherited]
      : Object.hasOwn(base, key)
        ? merge(mapChild(schema, key), over[key], owner, base[key], inherited)
        : [over[key], { owner, parts: null }]
    Object.defineProperty(content, key, { value, enumerable: true, configurable: true, writable: true })
    parts.set(key, origin)
  }
  return [content, { owner, parts }]
}

function withoutExtends(content: unknown): unknown {
  if (!isMap(content)) return content
  return Object.fromEntries(Object.entries(content).filter(([key]) => key !== 'extends'))
}

function isMap(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(content: unknown, key: string): unknown {
  return isMap(content) && Object.hasOwn(content, key) ? content[key] : undefined
}
