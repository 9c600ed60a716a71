/** One way to write what JSON can say, so that the same request is known again however a model spaced and ordered it. */

/** @param json as a model wrote it: nothing is an empty object, and what is not JSON stays as it is */
export function canonicalJson(json: string): string {
  try {
    return write(JSON.parse(json.trim() === '' ? '{}' : json))
  } catch {
    return json
  }
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${write(each)}`).join(',')}}`
}
