/** Callers who show no number. */

const WORDS = ['anonymous', 'blocked', 'restricted', 'unavailable', 'unknown']
const KEYPAD = ['abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz']

/** Networks send such a word as it is or typed on the keys of a telephone: +266696687 is "anonymous". */
const WITHHELD: ReadonlySet<string> = new Set(['', ...WORDS, ...WORDS.map(typed)])

/** @param from as Twilio gives it  @returns `anonymous` for a number that is none */
export function callerNumber(from: string): string {
  return WITHHELD.has(from.trim().toLowerCase()) ? 'anonymous' : from
}

function typed(word: string): string {
  const keys = [...word].map((letter) => KEYPAD.findIndex((letters) => letters.includes(letter)) + 2)
  return `+${keys.join('')}`
}
