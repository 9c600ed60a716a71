/** What a handler gives back, as text for the model. */

/** A model reads every token of it, on this turn and on all later ones. */
const MOST_BYTES = 16 * 1024

/**
 * @returns a string as it is, nothing as `Done.`, anything else as JSON; cut at 16 KiB with a note that says so
 * @throws Error when the value cannot be written as JSON
 */
export function resultText(value: unknown): string {
  if (value === undefined) return 'Done.'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (text === undefined) throw new TypeError(`a ${typeof value} cannot be written as JSON`)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MOST_BYTES) return text
  const cut = Buffer.from(text)
    .subarray(0, MOST_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
  return `${cut}\n[Cut: this is the beginning of an answer of ${bytes} bytes. Ask for less at a time.]`
}
