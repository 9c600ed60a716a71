/** Which bytes of a file are asked for (RFC 9110, section 14). Several ranges at once are answered with the whole, as one may. */

export interface Bytes {
  readonly first: number
  /** Included. */
  readonly last: number
}

export interface Asked {
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

/** @param etag of what is there now @returns null: there are no such bytes */
export function bytesAsked({ range, ifRange }: Asked, size: number, etag: string): Bytes | 'whole' | null {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(range?.replaceAll(' ', '') ?? '')
  const [, from = '', to = ''] = parts ?? []
  if (parts === null || (from === '' && to === '')) return 'whole'
  // What the reader has a part of may be another recording. A date tells too little of one.
  if (ifRange !== undefined && ifRange !== etag) return 'whole'
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? null : { first: size - length, last: size - 1 }
  }
  const first = Number(from)
  if (first >= size) return null
  if (to === '') return { first, last: size - 1 }
  // An end before the beginning is no range at all.
  return Number(to) < first ? 'whole' : { first, last: Math.min(Number(to), size - 1) }
}
