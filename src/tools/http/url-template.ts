/** The URL of an HTTP tool: where it goes is fixed when it is written, what it asks for is filled in at each call. */
import { fill, isNothing, parseTemplate, soleValue, type Template, type TemplateValues } from './template.ts'

export interface UrlTemplate {
  /** Scheme, host and port: never filled in, so that no argument can send a request elsewhere. */
  readonly origin: string
  /** What stands between the slashes. */
  readonly path: readonly Template[]
  /** As written in the URL itself; their text is taken for encoded already. */
  readonly query: readonly { readonly name: string; readonly value: Template }[]
}

/** The model gave an argument that cannot stand where it is needed: a sentence for it. */
export class UnfitArgument extends Error {
  override readonly name = 'UnfitArgument'
}

const PARTS = /^(?<origin>https?:\/\/[^/?#\s]+)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/i

/** @throws SyntaxError with a sentence for the person who wrote the URL */
export function parseUrlTemplate(url: string): UrlTemplate {
  if (url.includes('#')) throw new SyntaxError('a URL for a backend has no `#…`')
  const { origin, path = '/', query = '' } = PARTS.exec(url)?.groups ?? {}
  if (origin === undefined)
    throw new SyntaxError('a URL is needed, like "https://desk.example/api/orders/{{args.order}}"')
  if (/[{}$]/.test(origin)) throw new SyntaxError('the host must be written out: only path and query can be filled in')
  const fixed = parsed(origin)
  if (fixed.username !== '' || fixed.password !== '')
    throw new SyntaxError(
      `a name and password do not belong in a URL: send a header, like Authorization: "Basic \${DESK_LOGIN}"`,
    )
  const segments = path.slice(1).split('/').map(parseTemplate)
  if (segments.flat().some((part) => part.type === 'secret'))
    throw new SyntaxError('a secret does not belong in a path, which backends write to their logs: send it as a header')
  return { origin: fixed.origin, path: segments, query: queryOf(query) }
}

function parsed(origin: string): URL {
  try {
    return new URL(origin)
  } catch {
    throw new SyntaxError(`\`${origin}\` is no address of a host`)
  }
}

function queryOf(query: string): UrlTemplate['query'] {
  if (query === '') return []
  return query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    if (/[{}$]/.test(name)) throw new SyntaxError('names of the query are written out: only values can be filled in')
    return { name, value: parseTemplate(value.join('=')) }
  })
}

/**
 * @param extra further values of the query, by name
 * @throws UnfitArgument when an argument is no single segment of a path
 */
export function fillUrl(template: UrlTemplate, extra: Readonly<Record<string, Template>>, values: TemplateValues): URL {
  const path = template.path.map((segment) => segmentOf(segment, values)).join('/')
  const written = template.query.flatMap(({ name, value }) => pairs(name, value, values, (text) => text))
  const added = Object.entries(extra).flatMap(([name, value]) => pairs(encode(name), value, values, encode))
  const query = [...written, ...added].join('&')
  return new URL(`${template.origin}/${path}${query === '' ? '' : `?${query}`}`)
}

/** A filled segment that is empty, `.` or `..` would name another resource than the one that was written. */
function segmentOf(template: Template, values: TemplateValues): string {
  const text = fill(template, values, encode) ?? ''
  if (template.every((part) => part.type === 'text')) return text
  if (text === '' || /^(\.|%2e){1,2}$/i.test(text)) {
    const names = template.flatMap((part) => (part.type === 'text' ? [] : [part.name]))
    throw new UnfitArgument(`${names.join(' and ')} must not be empty or dots`)
  }
  return text
}

/** A list gives one pair for each of its values, an argument that was not given none. */
function pairs(name: string, template: Template, values: TemplateValues, ownText: (text: string) => string): string[] {
  const sole = soleValue(template, values)
  if (sole !== null && isNothing(sole.value)) return []
  if (sole !== null && Array.isArray(sole.value)) return sole.value.map((each) => `${name}=${encode(String(each))}`)
  const text = template.map((part) => (part.type === 'text' ? { ...part, text: ownText(part.text) } : part))
  const value = fill(text, values, encode) ?? ''
  return [name === '' && value === '' ? '' : `${name}=${value}`].filter((pair) => pair !== '')
}

/** Half of a surrogate pair, which no encoding has a place for, becomes the sign for what cannot be read. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
