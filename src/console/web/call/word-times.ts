/**
 * When each word of a turn sounded. No provider says; so words are spread over the turn's audio by their length, as the
 * ledger does when it splits what was heard from what was not.
 */

export interface TimedWord {
  readonly text: string
  readonly fromMs: number
  /** Where the next word begins: there is no gap in which no word is lit. */
  readonly toMs: number
}

/** A word takes a moment to say however short it is, and the pause after it counts as its own. */
const LETTERS_OF_A_PAUSE = 1
const LETTERS_OF_A_STOP = 4

/** @param fromMs @param toMs call time of the turn's first and last sound */
export function timeWords(text: string, fromMs: number, toMs: number): readonly TimedWord[] {
  const words = text.match(/\S+/g) ?? []
  const weights = words.map(
    (word, at) =>
      word.length + (at < words.length - 1 && /[.!?…:;,]$/.test(word) ? LETTERS_OF_A_STOP : LETTERS_OF_A_PAUSE),
  )
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const lengthMs = Math.max(0, toMs - fromMs)
  let before = 0
  return words.map((word, at) => {
    const start = before
    before += weights[at]!
    return { text: word, fromMs: fromMs + (lengthMs * start) / whole, toMs: fromMs + (lengthMs * before) / whole }
  })
}

/** @returns index of the word that sounds at a moment; −1 before the first and from the last one's end on */
export function wordAt(words: readonly TimedWord[], atMs: number): number {
  let low = 0
  let high = words.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (words[middle]!.toMs > atMs) high = middle
    else low = middle + 1
  }
  const word = words[low]
  return word !== undefined && atMs >= word.fromMs ? low : -1
}
