/** A YAML text, read to plain data with a way back to the place of each part. */
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { type Place, type Problem, problem } from './problem.ts'

/** What a file says, and where it says it. */
export interface YamlText {
  readonly file: string
  readonly content: unknown
  /** Finds where a path stands; of a path that is not there, its deepest part that is. */
  readonly locate: Locate
  /** Finds the first match in the text of the value at a path; else where the value begins. */
  readonly find: Find
}

export type Locate = (path: readonly PropertyKey[], what: 'key' | 'value') => Place
type Find = (path: readonly PropertyKey[], pattern: RegExp) => Place

export type ReadYaml =
  | ({ readonly ok: true } & YamlText)
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What people mean when they run into an error of YAML's, by the parser's code for it. */
const HINTS: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'if the text itself holds `: `, put it in quotes; else check the indentation',
  MULTILINE_IMPLICIT_KEY: 'check the indentation and the `:` behind each key',
  TAB_AS_INDENT: 'use spaces',
  BAD_SCALAR_START: 'put the text in quotes',
  TAG_RESOLVE_FAILED: 'a text that begins with `!` must be in quotes',
}

export function readYaml(file: string, text: string): ReadYaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  // A warning is about a part that would not be read as it was meant.
  const faults = [...document.errors, ...document.warnings].map(({ pos, code, message }) => {
    const hint = HINTS[code]
    if (code === 'MULTIPLE_DOCS')
      return problem(place(pos[0]), [], 'one document a file: move what follows `---` to another')
    if (code === 'DUPLICATE_KEY')
      return problem(place(pos[0]), [], `${keyAt(text, pos[0])} is here already: keep one of the two`)
    return problem(place(pos[0]), [], hint === undefined ? message : `${message}: ${hint}`)
  })
  faults.push(
    ...lostAliases(document).map(([name, at]) => problem(place(at), [], `nothing before is marked \`&${name}\``)),
  )
  if (faults.length > 0) return { ok: false, problems: faults }
  try {
    const content: unknown = document.toJS()
    const locate: Locate = (path, what) => place(offsetOf(document.contents, path, what))
    const find: Find = (path, pattern) => {
      const start = offsetOf(document.contents, path, 'value')
      const found = text.slice(start).search(pattern)
      return place(start + Math.max(0, found))
    }
    return { ok: true, file, content, locate, find }
  } catch {
    // The one thing left that the parser refuses: a few lines of aliases that would unfold to millions.
    return {
      ok: false,
      problems: [problem(place(0), [], 'aliases (`*name`) repeat too much: write the parts out')],
    }
  }
}

function keyAt(text: string, offset: number): string {
  return `\`${/^[^:\s]*/.exec(text.slice(offset))?.[0] ?? ''}\``
}

function lostAliases(document: Document.Parsed): [name: string, offset: number][] {
  const lost: [string, number][] = []
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) lost.push([alias.source, alias.range?.[0] ?? 0])
    },
  })
  return lost
}

function offsetOf(contents: Node | null, path: readonly PropertyKey[], what: 'key' | 'value'): number {
  let node: unknown = contents
  let offset = contents?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) return offset
      const key = isScalar(pair.key) ? pair.key.range?.[0] : undefined
      const value: unknown = pair.value
      node = value
      const valueOffset = isNode(value) ? value.range?.[0] : undefined
      offset = (last && what === 'key' ? key : (valueOffset ?? key)) ?? offset
    } else if (isNode(node) && 'items' in node && Array.isArray(node.items)) {
      node = node.items[Number(step)]
      if (!isNode(node)) return offset
      offset = node.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value
}
