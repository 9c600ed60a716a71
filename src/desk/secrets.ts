/** What proves who somebody is: made at random, shown once, and kept only as a hash. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 bits, fit for URLs. @param prefix says what it is, to people and to scanners of leaked secrets */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** Of 256 random bits a plain hash is enough: there is nothing to guess. Looking a hash up tells nobody its beginning. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest())
}

/** Sorts by the time it was made at, in whatever unit. */
export function newId(kind: string, now: number): string {
  return `${kind}_${now.toString(36).padStart(9, '0')}${randomBytes(8).toString('hex')}`
}
