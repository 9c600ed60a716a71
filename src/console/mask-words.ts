/**
 * What a viewer sees of words: numbers of the length of a telephone number are masked in them, whoever said or wrote them.
 * Numbers spoken as words stay; so do shorter ones, which are orders and prices.
 */
import type { StoryLine } from '../call-log/transcript.ts'
import { maskNumber } from './mask.ts'

/** Seven digits and more, with what people put between them. */
const NUMBER = /\+?\d(?:[\s().\-/]{0,3}\d){6,}/g

/** A day, and the hour that may follow it. */
const DAY = /^\d{4}-\d{2}-\d{2}( \d{1,2})?$/

/** @param mayStay numbers that anybody may know */
export function maskWords(text: string, mayStay: (number: string) => boolean = () => false): string {
  return text.replace(NUMBER, (number) => (DAY.test(number) || mayStay(number) ? number : maskNumber(number)))
}

/** JSON stays JSON. */
export function maskJson(text: string): string {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    return maskWords(text)
  }
  return JSON.stringify(maskedIn(content))
}

function maskedIn(content: unknown): unknown {
  if (typeof content === 'string') return maskWords(content)
  if (typeof content === 'number') {
    const masked = maskWords(String(content))
    return masked === String(content) ? content : masked
  }
  if (Array.isArray(content)) return content.map(maskedIn)
  if (typeof content !== 'object' || content === null) return content
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [maskWords(key), maskedIn(value)]))
}

export function maskLine(line: StoryLine): StoryLine {
  switch (line.by) {
    case 'caller':
    case 'note':
    case 'operator':
    case 'trouble':
      return { ...line, text: maskWords(line.text) }
    case 'agent':
      return { ...line, heardText: maskWords(line.heardText), unheardText: maskWords(line.unheardText) }
    case 'tool': {
      const { result } = line
      const masked = result === null ? null : { ...result, output: maskJson(result.output) }
      return { ...line, arguments: maskJson(line.arguments), result: masked }
    }
    // Digits that are pressed one by one are a number all the same.
    case 'keypad':
      return { ...line, digit: '•' }
  }
}
