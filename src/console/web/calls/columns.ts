/** The columns of the list of calls: their heads, how wide they are, and what they can be sorted by. */

export type Sort = 'started' | 'duration' | 'cost' | 'strain' | 'reply' | 'turns' | 'interruptions'

export interface Column {
  readonly head: string
  /** What it means, where the head is too short to say. */
  readonly means?: string
  readonly minPx: number
  /** How much of the space that is left it takes. */
  readonly grows: number
  readonly end?: boolean
  readonly sort?: Sort
}

export type ColumnName =
  | 'started'
  | 'caller'
  | 'number'
  | 'agent'
  | 'length'
  | 'outcome'
  | 'ended'
  | 'turns'
  | 'reply'
  | 'interruptions'
  | 'tools'
  | 'cost'
  | 'strain'
  | 'rating'
  | 'reviewed'

/** In the order in which they stand. */
export const COLUMN_NAMES: Readonly<Record<ColumnName, Column>> = {
  started: { head: 'Started', minPx: 124, grows: 1, sort: 'started' },
  caller: { head: 'Caller', minPx: 136, grows: 1 },
  number: { head: 'Called', means: 'The number that was called', minPx: 136, grows: 1 },
  agent: { head: 'Agent', minPx: 104, grows: 2 },
  length: { head: 'Length', minPx: 68, grows: 0, end: true, sort: 'duration' },
  outcome: { head: 'Outcome', minPx: 100, grows: 0 },
  ended: { head: 'Why it ended', minPx: 160, grows: 2 },
  turns: { head: 'Turns', means: 'Turns of the caller', minPx: 60, grows: 0, end: true, sort: 'turns' },
  reply: {
    head: 'Reply p50 / p95',
    means: 'How long the caller waited for a reply: half of them (p50), and the slowest in twenty (p95)',
    minPx: 132,
    grows: 0,
    end: true,
    sort: 'reply',
  },
  interruptions: {
    head: 'Cut in',
    means: 'How often the caller cut the agent off',
    minPx: 68,
    grows: 0,
    end: true,
    sort: 'interruptions',
  },
  tools: { head: 'Tools', means: 'Tool calls, and how many of them failed', minPx: 84, grows: 0, end: true },
  cost: { head: 'Cost', minPx: 72, grows: 0, end: true, sort: 'cost' },
  strain: {
    head: 'Strain',
    means: 'How hard the call was on the caller, from 0 to 100',
    minPx: 92,
    grows: 0,
    end: true,
    sort: 'strain',
  },
  rating: { head: 'Rating', minPx: 68, grows: 0, end: true },
  reviewed: { head: 'Reviewed', minPx: 84, grows: 0 },
}

export const DEFAULT_COLUMNS: readonly ColumnName[] = [
  'started',
  'caller',
  'agent',
  'length',
  'outcome',
  'ended',
  'turns',
  'reply',
  'interruptions',
  'cost',
  'strain',
  'reviewed',
]

/** With one put in or taken out, each where it belongs. The last one stays: a table without columns shows nothing. */
export function toggled(columns: readonly ColumnName[], name: ColumnName): readonly ColumnName[] {
  const wanted = new Set(columns)
  if (!wanted.delete(name)) wanted.add(name)
  if (wanted.size === 0) return columns
  return allColumns().filter((each) => wanted.has(each))
}

export function allColumns(): ColumnName[] {
  return Object.keys(COLUMN_NAMES).filter((name): name is ColumnName => Object.hasOwn(COLUMN_NAMES, name))
}

/** For `grid-template-columns`, and how wide it is at least. @param before a column in front, in px; 0: none */
export function tracks(columns: readonly ColumnName[], before: number): { template: string; minPx: number } {
  const each = columns.map((name) => {
    const { minPx, grows } = COLUMN_NAMES[name]
    return grows === 0 ? `${minPx}px` : `minmax(${minPx}px, ${grows}fr)`
  })
  return {
    template: [...(before > 0 ? [`${before}px`] : []), ...each].join(' '),
    minPx: columns.reduce((sum, name) => sum + COLUMN_NAMES[name].minPx, before),
  }
}
