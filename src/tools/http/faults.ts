/** What is wrong with an HTTP tool that no single key of it can tell: places that name nothing, rules that contradict each other. */

import { argumentSchema, isAlwaysGiven } from './parameters.ts'
import { type HttpToolShape, isForm, isIdempotent } from './shape.ts'
import { argsOf, parseTemplate, type Template } from './template.ts'
import { parseUrlTemplate } from './url-template.ts'

type Path = readonly (string | number)[]
interface Fault {
  readonly path: Path
  readonly message: string
}

/** The connection's own, or ours. */
const NOT_YOURS = [
  'host',
  'content-length',
  'connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'keep-alive',
  'idempotency-key',
  'accept-encoding',
]

/** Every text of the tool that is filled in, with its place. */
function templatesOf(tool: Pick<HttpToolShape, 'query' | 'headers' | 'body'>): readonly (readonly [Path, string])[] {
  return [
    ...Object.entries(tool.query).flatMap(([name, value]) => textsIn(value, ['query', name])),
    ...Object.entries(tool.headers).flatMap(([name, value]) => textsIn(value, ['headers', name])),
    ...textsIn(tool.body, ['body']),
  ]
}

function textsIn(value: unknown, path: Path): readonly (readonly [Path, string])[] {
  if (typeof value === 'string') return [[path, value]]
  if (Array.isArray(value)) return value.flatMap((each, index) => textsIn(each, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => textsIn(each, [...path, name]))
}

/** What is wrong with a tool whose keys are each well, by place in it. */
export function faultsOf(tool: HttpToolShape): readonly Fault[] {
  return [
    ...urlFaults(tool),
    ...templateFaults(tool),
    ...headerFaults(tool),
    ...ruleFaults(tool),
    ...parameterFaults(tool),
  ]
}

function urlFaults(tool: HttpToolShape): readonly Fault[] {
  const path = ['url']
  try {
    const url = parseUrlTemplate(tool.url)
    const inPath = url.path.flat()
    const unsure = argsOf(inPath).find((name) => {
      const parameter = own(tool.parameters, name)
      return parameter !== undefined && !isAlwaysGiven(parameter)
    })
    return [
      ...unknownArgs([...inPath, ...url.query.flatMap(({ value }) => value)], tool, path),
      ...(unsure === undefined
        ? []
        : [
            {
              path,
              message: `{{args.${unsure}}} stands in the path: the parameter must be required, or have a default`,
            },
          ]),
    ]
  } catch (error) {
    return [{ path, message: messageOf(error) }]
  }
}

function templateFaults(tool: HttpToolShape): readonly Fault[] {
  return templatesOf(tool).flatMap(([path, text]) => {
    try {
      return unknownArgs(parseTemplate(text), tool, path)
    } catch (error) {
      return [{ path, message: messageOf(error) }]
    }
  })
}

function unknownArgs(template: Template, tool: HttpToolShape, path: Path): readonly Fault[] {
  const names = Object.keys(tool.parameters)
  return argsOf(template)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path,
      message: `there is no parameter \`${name}\`: ${names.length === 0 ? 'the tool has none' : `the parameters are ${names.join(', ')}`}`,
    }))
}

function headerFaults(tool: HttpToolShape): readonly Fault[] {
  return Object.keys(tool.headers).flatMap((name) => {
    const path = ['headers', name]
    if (NOT_YOURS.includes(name.toLowerCase())) return [{ path, message: `\`${name}\` is set by Earshot: remove it` }]
    if (!plainText(tool.headers[name] ?? ''))
      return [{ path, message: 'a header is one line of ASCII letters: put anything else into `query` or `body`' }]
    const twin = Object.keys(tool.headers).find((other) => other.toLowerCase() === name.toLowerCase())
    return twin === name ? [] : [{ path, message: `\`${twin}\` is the same header` }]
  })
}

/** What a template says itself; values are made to fit when they are filled in. */
function plainText(text: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(text)
}

function ruleFaults(tool: HttpToolShape): readonly Fault[] {
  const faults: Fault[] = []
  const fault = (path: Path, message: string): void => void faults.push({ path, message })
  if (tool.body !== undefined && tool.method === 'GET')
    fault(['body'], 'a GET has no body: use `query`, or another `method`')
  if (tool.body !== undefined && (typeof tool.body !== 'object' || tool.body === null))
    fault(['body'], 'keys with values, or a list, are needed here: they are sent as JSON')
  if (isForm(tool.headers) && !isFlat(tool.body))
    fault(['body'], 'a form has names and single values: nothing may lie deeper')
  if (tool.retries > 0 && !isIdempotent(tool))
    fault(
      ['retries'],
      `a ${tool.method} may act twice when it is tried again: only with \`idempotent: true\`, for a backend that heeds the Idempotency-Key header`,
    )
  if (tool.readOnly === true && ['PUT', 'PATCH', 'DELETE'].includes(tool.method))
    fault(['readOnly'], `a ${tool.method} changes something: only a GET, or a POST that searches, is read-only`)
  return faults
}

function parameterFaults(tool: HttpToolShape): readonly Fault[] {
  return Object.entries(tool.parameters).flatMap(([name, parameter]) => {
    if (!('default' in parameter) || parameter.default === undefined) return []
    const { default: value, ...bare } = parameter
    const checked = argumentSchema(bare).safeParse(value)
    if (checked.success) return []
    return [
      {
        path: ['parameters', name, 'default'],
        message: `the default does not fit the parameter: ${checked.error.issues[0]?.message ?? 'it is wrong'}`,
      },
    ]
  })
}

function isFlat(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false
  return Object.values(body).every((value) => typeof value !== 'object' || value === null)
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
