/**
 * The words of a text, as search knows them: both engines index these and nothing else, so that a search finds the same in
 * either. Case, accents and punctuation make no difference; scripts that write without spaces are taken sign by sign.
 */

/** Where a word stands in the text it was taken from. */
interface PlacedWord {
  readonly word: string
  readonly from: number
  readonly to: number
}

/** Longer ones are no words; nobody types them, and an index would carry them. */
const LONGEST_WORD = 64
/** What of one call is searched: six hours of talk. */
const MOST_LETTERS = 400_000

const WITHOUT_SPACES = '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}'
const CHUNK = new RegExp(`[${WITHOUT_SPACES}]\\p{M}*|(?:(?![${WITHOUT_SPACES}])[\\p{L}\\p{N}\\p{M}])+`, 'gu')
const ASCII_CHUNK = /[a-z0-9]+/gi
const ASCII = /^[\0-\x7f]*$/

function placedWords(text: string): PlacedWord[] {
  const plain = ASCII.test(text)
  return Array.from(text.matchAll(plain ? ASCII_CHUNK : CHUNK), ({ 0: chunk, index }) => {
    const word = (plain ? chunk.toLowerCase() : bare(chunk)).slice(0, LONGEST_WORD)
    return { word, from: index, to: index + chunk.length }
  }).filter(({ word }) => word !== '')
}

export function wordsOf(text: string): string[] {
  return placedWords(text).map(({ word }) => word)
}

/** Without case and accents. Compatible forms of a letter are one; what they come apart into beside letters is left out. */
function bare(chunk: string): string {
  return chunk
    .normalize('NFKD')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '')
}

/** @param lines what was said, line by line  @returns what call_words keeps */
export function callWords(lines: readonly string[]): string {
  return lines
    .map((line) => ` ${wordsOf(line).join(' ')} `)
    .join('\n')
    .slice(0, MOST_LETTERS)
}

/** A call is found when one of its lines has all of these. */
export interface Search {
  /** Words that stand together, in order. */
  readonly phrases: readonly { readonly words: readonly string[]; readonly open: boolean }[]
}

/**
 * Reads what a person typed: "in quotes" stand together, as do words that only punctuation divides (don't, 12-34); the last
 * word may be the beginning of one, unless a quote or a space… closes it. Null: there is no word in it, so nothing fits.
 */
export function readSearch(text: string): Search | null {
  const chunks = Array.from(text.matchAll(/"([^"]*)"?|[^\s"]+/g), ({ 0: all, 1: quoted }) => ({
    words: wordsOf(quoted ?? all),
    quoted: quoted !== undefined,
  })).filter(({ words }) => words.length > 0)
  if (chunks.length === 0) return null
  const phrases = chunks.map(({ words, quoted }, i) => ({ words, open: !quoted && i === chunks.length - 1 }))
  return { phrases }
}

/** A search as texts that one line of call_words must hold, all of them. */
export function needlesOf({ phrases }: Search): string[] {
  return phrases.map(({ words, open }) => ` ${words.join(' ')}${open ? '' : ' '}`)
}

/** @returns which line of a call's words (callWords) has all needles, from 0; null when none has */
export function findLine(words: string, needles: readonly string[]): number | null {
  const [first, ...others] = needles
  if (first === undefined) return null
  for (let at = words.indexOf(first); at >= 0; ) {
    const from = words.lastIndexOf('\n', at) + 1
    const next = words.indexOf('\n', at)
    const line = words.slice(from, next < 0 ? undefined : next)
    if (others.every((needle) => line.includes(needle))) return countLines(words, from)
    if (next < 0) return null
    at = words.indexOf(first, next)
  }
  return null
}

function countLines(words: string, until: number): number {
  let lines = 0
  for (let at = words.indexOf('\n'); at >= 0 && at < until; at = words.indexOf('\n', at + 1)) lines++
  return lines
}

const AROUND = 60

/** Cuts what was found out of the line it was found in, with some of what stands around it. Null: it is not in this line. */
export function cutHit(
  text: string,
  search: Search,
): { readonly before: string; readonly match: string; readonly after: string } | null {
  const places = placedWords(text)
  const [phrase] = search.phrases
  if (phrase === undefined) return null
  const start = places.findIndex((_, i) =>
    phrase.words.every((word, k) => {
      const found = places[i + k]?.word
      return phrase.open && k === phrase.words.length - 1 ? found?.startsWith(word) : found === word
    }),
  )
  const first = places[start]
  const last = places[start + phrase.words.length - 1]
  if (first === undefined || last === undefined) return null
  const from = places.find(({ from }) => from >= first.from - AROUND)?.from ?? first.from
  const to = places.findLast(({ to }) => to <= last.to + AROUND)?.to ?? last.to
  return {
    before: `${from > 0 && places[0]?.from !== from ? '…' : ''}${text.slice(places[0]?.from === from ? 0 : from, first.from)}`,
    match: text.slice(first.from, last.to),
    after: places.at(-1)?.to === to ? text.slice(last.to) : `${text.slice(last.to, to)}…`,
  }
}
