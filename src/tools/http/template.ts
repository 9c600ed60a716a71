/**
 * Texts with places to fill: `{{args.order}}` an argument of the model, `{{call.from}}` a fact of the call, `${DESK_TOKEN}` a
 * secret of the environment. Filled in by whoever knows the place, since a URL, a header and a body each encode differently.
 */

const CALL_FACTS = ['id', 'from', 'to', 'agent'] as const
type CallFactName = (typeof CALL_FACTS)[number]

type TemplatePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'arg'; readonly name: string }
  | { readonly type: 'call'; readonly name: CallFactName }
  | { readonly type: 'secret'; readonly name: string }

export type Template = readonly TemplatePart[]

export interface TemplateValues {
  readonly args: Readonly<Record<string, unknown>>
  readonly call: Readonly<Record<CallFactName, string>>
  /** @throws Error when there is no such secret, which loading has made sure of */
  readonly secret: (name: string) => string
}

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}|\$\{([^{}]*)\}/g

/** @throws SyntaxError with a sentence for the person who wrote the text */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = []
  let end = 0
  const plain = (to: number): void => {
    const between = text.slice(end, to)
    const open = /\{\{|\$\{/.exec(between)?.[0]
    if (open !== undefined)
      throw new SyntaxError(`\`${open}\` is not closed: write {{args.name}}, {{call.id}} or \${SECRET}`)
    if (between !== '') parts.push({ type: 'text', text: between })
  }
  for (const place of text.matchAll(PLACE)) {
    plain(place.index)
    end = place.index + place[0].length
    parts.push(place[1] === undefined ? secretPart(place[2] ?? '') : valuePart(place[1]))
  }
  plain(text.length)
  return parts
}

function secretPart(name: string): TemplatePart {
  if (/^[A-Z_][A-Z0-9_]*$/.test(name)) return { type: 'secret', name }
  throw new SyntaxError(`\`\${${name}}\` names no environment variable: write one in capitals, like \${DESK_TOKEN}`)
}

function valuePart(path: string): TemplatePart {
  const [root, name = '', ...more] = path.split('.')
  if (more.length === 0 && root === 'args' && name !== '') return { type: 'arg', name }
  const fact = CALL_FACTS.find((each) => each === name)
  if (more.length === 0 && root === 'call' && fact !== undefined) return { type: 'call', name: fact }
  const known = CALL_FACTS.map((each) => `{{call.${each}}}`).join(', ')
  throw new SyntaxError(`\`{{${path}}}\` stands for nothing: there are {{args.…}} of the parameters, and ${known}`)
}

export function argsOf(template: Template): readonly string[] {
  return template.flatMap((part) => (part.type === 'arg' ? [part.name] : []))
}

/** The one value that is the whole of a template; what else there is, is text. */
export function soleValue(template: Template, values: TemplateValues): { readonly value: unknown } | null {
  const [only, ...more] = template
  if (only?.type !== 'arg' || more.length > 0) return null
  return { value: own(values.args, only.name) }
}

/**
 * @param encode what stands for a value at this place; text of the template itself stays as it is written
 * @returns undefined when the template is one argument that was not given
 */
export function fill(template: Template, values: TemplateValues, encode: (text: string) => string): string | undefined {
  const sole = soleValue(template, values)
  if (sole !== null && isNothing(sole.value)) return undefined
  return template.map((part) => (part.type === 'text' ? part.text : encode(textOf(part, values)))).join('')
}

export function isNothing(value: unknown): boolean {
  return value === undefined || value === null
}

function textOf(part: Exclude<TemplatePart, { type: 'text' }>, values: TemplateValues): string {
  switch (part.type) {
    case 'secret':
      return values.secret(part.name)
    case 'call':
      return values.call[part.name]
    case 'arg': {
      const value = own(values.args, part.name)
      return isNothing(value) ? '' : String(value)
    }
  }
}

function own(args: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(args, name) ? args[name] : undefined
}
