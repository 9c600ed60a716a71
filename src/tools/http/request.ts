/** One request of an HTTP tool: the definition, filled in with what the model gave and the call is. */
import { type HttpToolShape, isForm, isReadOnly } from './shape.ts'
import { fill, isNothing, parseTemplate, soleValue, type Template, type TemplateValues } from './template.ts'
import { fillUrl, parseUrlTemplate, type UrlTemplate } from './url-template.ts'

export interface HttpRequest {
  readonly method: string
  readonly url: URL
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** A definition whose texts are taken apart once, not at each call. */
export interface RequestTemplate {
  readonly definition: HttpToolShape
  readonly url: UrlTemplate
  readonly query: Readonly<Record<string, Template>>
  readonly headers: Readonly<Record<string, Template>>
  readonly body: BodyTemplate | undefined
}

type BodyTemplate =
  | { readonly type: 'text'; readonly template: Template }
  | { readonly type: 'constant'; readonly value: unknown }
  | { readonly type: 'list'; readonly entries: readonly BodyTemplate[] }
  | { readonly type: 'object'; readonly entries: readonly (readonly [name: string, value: BodyTemplate])[] }

/** @throws SyntaxError when a text is malformed, which the schema of the definition has made sure of */
export function requestTemplate(definition: HttpToolShape): RequestTemplate {
  const parsed = (texts: Readonly<Record<string, string | number | boolean>>) =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parseTemplate(String(text))]))
  return {
    definition,
    url: parseUrlTemplate(definition.url),
    query: parsed(definition.query),
    headers: parsed(definition.headers),
    body: definition.body === undefined ? undefined : bodyTemplate(definition.body),
  }
}

function bodyTemplate(value: unknown): BodyTemplate {
  if (typeof value === 'string') return { type: 'text', template: parseTemplate(value) }
  if (Array.isArray(value)) return { type: 'list', entries: value.map(bodyTemplate) }
  if (typeof value !== 'object' || value === null) return { type: 'constant', value }
  return { type: 'object', entries: Object.entries(value).map(([name, each]) => [name, bodyTemplate(each)]) }
}

/**
 * @param idempotencyKey sent along by whatever may change something
 * @throws UnfitArgument when an argument cannot stand where it is needed
 */
export function fillRequest(template: RequestTemplate, values: TemplateValues, idempotencyKey: string): HttpRequest {
  const { definition } = template
  const headers: Record<string, string> = { accept: 'application/json, text/*;q=0.9', 'user-agent': 'Earshot' }
  if (!isReadOnly(definition)) headers['idempotency-key'] = idempotencyKey
  const body = template.body === undefined ? null : fillBody(template.body, values, isForm(definition.headers))
  if (body !== null) headers['content-type'] = 'application/json'
  for (const [name, text] of Object.entries(template.headers)) {
    const value = fill(text, values, headerText)
    if (value !== undefined) headers[name.toLowerCase()] = value
  }
  return { method: definition.method, url: fillUrl(template.url, template.query, values), headers, body }
}

/** Nothing that ends a header, nor what a header has no letters for: those are sent as in a URL. */
function headerText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
  const oneLine = text.toWellFormed().replace(/[\x00-\x1f\x7f]+/g, ' ')
  return oneLine.replace(/[^\x20-\x7e]+/g, encodeURIComponent).trim()
}

function fillBody(template: BodyTemplate, values: TemplateValues, form: boolean): string {
  const value = fillValue(template, values)
  if (!form) return JSON.stringify(value ?? {})
  const pairs = Object.entries(Object(value)).filter(([, each]) => !isNothing(each))
  return new URLSearchParams(
    pairs.flatMap(([name, each]): [string, string][] =>
      (Array.isArray(each) ? each : [each]).map((one) => [name, String(one)]),
    ),
  ).toString()
}

/** @returns undefined for a text that is one argument which was not given: then its name is left out, too */
function fillValue(template: BodyTemplate, values: TemplateValues): unknown {
  switch (template.type) {
    case 'constant':
      return template.value
    case 'text': {
      const sole = soleValue(template.template, values)
      if (sole !== null) return isNothing(sole.value) ? undefined : sole.value
      return fill(template.template, values, (text) => text)
    }
    case 'list':
      return template.entries.map((each) => fillValue(each, values)).filter((each) => each !== undefined)
    case 'object': {
      const fields = template.entries.map(([name, each]) => [name, fillValue(each, values)] as const)
      return Object.fromEntries(fields.filter(([, each]) => each !== undefined))
    }
  }
}
