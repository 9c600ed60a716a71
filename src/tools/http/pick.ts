/** Which fields of a backend's answer the model gets, and which of those the log does not. */
import { REDACTED } from '../redact.ts'

export interface Pick {
  /** Names from the outside in, joined by dots; a list on the way is gone through, each of its entries. */
  readonly path: string
  readonly pii: boolean
}

interface Branch {
  /** All of the value from here on is picked. */
  leaf: boolean
  pii: boolean
  readonly below: Map<string, Branch>
}

/** @returns the answer with nothing but the picked fields, each in its place; `undefined` when none of them is there */
export function pick(answer: unknown, picks: readonly Pick[]): unknown {
  return project(answer, treeOf(picks), false)
}

/** As {@link pick}, with personal fields replaced by a word that says so. */
export function pickForLog(answer: unknown, picks: readonly Pick[]): unknown {
  return project(answer, treeOf(picks), true)
}

function treeOf(picks: readonly Pick[]): Branch {
  const root: Branch = { leaf: false, pii: false, below: new Map() }
  for (const { path, pii } of picks) {
    let branch = root
    for (const name of path.split('.')) {
      const next = branch.below.get(name) ?? { leaf: false, pii: false, below: new Map() }
      branch.below.set(name, next)
      branch = next
    }
    branch.leaf = true
    branch.pii ||= pii
  }
  return root
}

function project(value: unknown, branch: Branch, redact: boolean): unknown {
  if (redact && branch.pii) return REDACTED
  if (branch.leaf && !(redact && hidesSome(branch))) return value
  if (Array.isArray(value)) {
    const entries = value.map((entry) => project(entry, branch, redact)).filter((entry) => entry !== undefined)
    return entries.length === 0 && value.length > 0 ? undefined : entries
  }
  if (typeof value !== 'object' || value === null) return branch.leaf ? value : undefined
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const below = branch.below.get(name)
    if (below === undefined) return branch.leaf ? [[name, field] as const] : []
    const picked = project(field, below, redact)
    return picked === undefined ? [] : [[name, picked] as const]
  })
  return fields.length === 0 && !branch.leaf ? undefined : Object.fromEntries(fields)
}

/** A whole object may be picked, and one of its fields a second time, as personal. */
function hidesSome(branch: Branch): boolean {
  return branch.pii || [...branch.below.values()].some(hidesSome)
}
