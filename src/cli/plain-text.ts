/** Words and numbers of callers and backends, made fit for a terminal and for the eyes of bystanders. */

/**
 * What a caller says or a backend answers must not move the cursor, set a title or hide other text: control characters,
 * and marks that change the direction of writing, become visible.
 */
export function plainText(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .replace(/\t/g, ' ')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, visible)
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** A telephone number or SIP address: all of it, or only its last four characters; words such as `anonymous` stay. */
export function showNumber(number: string, whole: boolean): string {
  if (number === '') return 'unknown'
  if (whole || !/[\d@]/.test(number)) return plainText(number)
  return `…${plainText(number.slice(-4))}`
}

/** Long texts are cut where a reader would stop. */
export function shorten(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text
  return `${text.slice(0, mostCharacters)}… (${text.length} characters)`
}
