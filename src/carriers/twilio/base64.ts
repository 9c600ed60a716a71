/** Base64 as strictly as RFC 4648 section 4 has it: the standard alphabet, padded, nothing between. */

/**
 * How many bytes a base64 string of this shape holds.
 * @returns -1 when its length says that it is not base64
 */
export function base64Bytes(base64: string): number {
  const length = base64.length
  if (length % 4 !== 0) return -1
  return (length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0)
}

/**
 * `Buffer` decodes leniently: it skips what it does not know and takes the URL-safe alphabet too. Characters it skips are
 * missing from the count; the two it should not take are looked for.
 * @param bytes what `base64Bytes` said
 * @param target has room for that many
 * @returns whether all of it was base64
 */
export function decodeBase64(base64: string, bytes: number, target: Buffer): boolean {
  if (base64.includes('-') || base64.includes('_')) return false
  return target.write(base64, 0, bytes, 'base64') === bytes
}
