/** What a password may be: long, and not one of the first that anybody would try (NIST SP 800-63B). */
import { COMMON } from './common-passwords.ts'

const LEAST_CHARACTERS = 12
const LEAST_DIFFERENT = 5
/** Runs of keys and letters, forwards and backwards. */
const RUNS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
].flatMap((run) => [run, [...run].reverse().join('')])

/** The same letters, however a keyboard puts them together, are the same password. */
export function normalisePassword(typed: string): string {
  return typed.normalize('NFC')
}

/**
 * @param about what others know of the user: their address, their name
 * @returns what is wrong with it, as a sentence, or null
 */
export function passwordFault(typed: string, about: readonly string[]): string | null {
  const password = normalisePassword(typed)
  const letters = [...password.toLowerCase()]
  if (letters.length < LEAST_CHARACTERS) return `A password has at least ${LEAST_CHARACTERS} characters.`
  if (new Set(letters).size < LEAST_DIFFERENT) return 'This password repeats a few characters: choose another one.'
  const plain = letters.join('')
  if (RUNS.some((run) => run.includes(plain))) return 'This password is a row of keys: choose another one.'
  if (COMMON.has(plain) || COMMON.has(withoutTail(plain)))
    return 'This password is one of the first that others would try: choose another one.'
  if (about.some((known) => isMostly(plain, known.toLowerCase())))
    return 'This password is your own address or name: choose another one.'
  return null
}

/** `Password1234!` is `password` to whoever guesses. */
function withoutTail(password: string): string {
  return password.replace(/[^\p{L}]+$/u, '')
}

function isMostly(password: string, known: string): boolean {
  const [local = ''] = known.split('@')
  return [known, local].some((part) => part.length >= 4 && password.replaceAll(part, '').length < 4)
}
