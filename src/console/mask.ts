/** What a viewer sees of a telephone number: where it is from, and enough of its end to tell two calls apart. */

const HIDDEN = '•••'
const MASKED = /^(\+\d{1,3})?•••(\d\d)?$/
/** Country codes of one and of two digits (ITU-T E.164, list of assigned codes); all others have three. */
const SHORT_CODES = /^(?:1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/

/**
 * `+4915112345678` becomes `+49•••78`. Words such as `anonymous` stay; of an address (`sip:ann@example.com`) nothing does.
 * A fixed number of dots, since the length of a number narrows it down.
 */
export function maskNumber(number: string): string {
  if (MASKED.test(number)) return number
  if (number.includes('@')) return HIDDEN
  const digits = number.replace(/\D/g, '')
  if (digits === '') return number
  // Of so few digits two would be half.
  if (digits.length < 7) return HIDDEN
  const end = digits.slice(-2)
  if (!number.trimStart().startsWith('+')) return `${HIDDEN}${end}`
  const country = SHORT_CODES.exec(digits)?.[0] ?? digits.slice(0, 3)
  return `+${country}${HIDDEN}${end}`
}
