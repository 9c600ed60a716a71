/** The OpenAPI document as a page: made on the server, without a script, and with a style sheet of its own. */
import type { OpenApi } from './openapi.ts'
import type { JsonSchema } from './openapi-example.ts'

export const DOCS_CSS = `
:root { color-scheme: light dark; --line: light-dark(#d8d8de, #3a3a44); --soft: light-dark(#f4f4f6, #202027); --dim: light-dark(#5c5c66, #a6a6b2); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
nav ul { columns: 3 14rem; padding-left: 1rem; } nav li { break-inside: avoid; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); text-transform: capitalize; }
article { margin: 2rem 0; } h3 { font-size: 1rem; margin-bottom: .25rem; overflow-wrap: anywhere; }
h3 code { font-size: 1rem; } .method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
p { margin: .25rem 0; } .role { color: var(--dim); }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; } th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--soft); padding: .75rem; overflow: auto; max-height: 24rem; }
.wide { overflow-x: auto; }
`

const METHODS = ['get', 'post', 'put', 'patch', 'delete']
type Operation = NonNullable<NonNullable<OpenApi['paths'][string]>[string]>

export function docsPage(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method]
      return operation === undefined ? [] : [{ path, method, operation }]
    }),
  )
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0] ?? ''))]
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags[0] === tag)
    return `<section><h2>${escaped(tag)}</h2>${own.map(article).join('')}</section>`
  })
  const links = operations.map(
    ({ operation }) => `<li><a href="#${operation.operationId}">${escaped(operation.operationId)}</a></li>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Earshot API</title><link rel="stylesheet" href="/docs.css"></head>
<body><main><h1>Earshot API</h1>
<p>Everything below is under <code>/api/v1</code>. Send a key as <code>authorization: Bearer …</code>; <code>earshot keys create --role viewer</code> makes one.
Times ending in <code>At</code> are milliseconds since 1970, those ending in <code>Ms</code> call time. For tools: <a href="/openapi.json">openapi.json</a>.</p>
<nav><ul>${links.join('')}</ul></nav>${sections.join('')}${errors(document)}</main></body></html>
`
}

function article({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  return `<article id="${operationId}"><h3><span class="method">${method.toUpperCase()}</span> <code>${escaped(path)}</code></h3>
<p>${prose(summary)}</p><p class="role">${prose(description)}</p>
${
  parameters.length === 0
    ? ''
    : table(
        ['parameter', 'where', 'what'],
        parameters.map(({ name, in: place, required, schema }) => [
          `<code>${escaped(name)}</code>${required ? ' (required)' : ''}`,
          place,
          escaped(typeText(schema)),
        ]),
      )
}
${example('Body', requestBody)}${example('Answer', responses['200'])}
<p class="role">Refuses with ${Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .map(([status, response]) => `${status} ${codes(response)}`)
    .join(', ')}.</p></article>`
}

function codes(response: object): string {
  if ('$ref' in response && typeof response.$ref === 'string')
    return `<code>${escaped(response.$ref.split('/').at(-1) ?? '')}</code>`
  const said = 'description' in response ? String(response.description) : ''
  return (/^`([^`]+)`/.exec(said)?.[1] ?? '')
    .split(' or ')
    .map((code) => `<code>${escaped(code)}</code>`)
    .join(' or ')
}

/** The first example in it. */
function example(title: string, holder: object | undefined): string {
  const found = JSON.stringify(holder ?? {}).includes('"example"') ? find(holder, 'example') : undefined
  return found === undefined ? '' : `<p>${title}</p><pre>${escaped(JSON.stringify(found, null, 2))}</pre>`
}

function find(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, part] of Object.entries(value)) {
    const found = name === key ? part : find(part, key)
    if (found !== undefined) return found
  }
  return undefined
}

function errors(document: OpenApi): string {
  const rows = Object.entries(document.components.responses).map(([code, response]) => [
    `<code>${escaped(code)}</code>`,
    prose('description' in response ? String(response.description).replace(/^`[^`]+`: /, '') : ''),
  ])
  return `<section><h2>errors</h2>${table(['code', 'what it means'], rows)}</section>`
}

function typeText({ type, enum: values, items, anyOf, minimum, default: usual }: JsonSchema): string {
  const name = typeof type === 'string' ? type : (type ?? []).join(' or ')
  if (values !== undefined) return `${values.join(' | ')}${usual === undefined ? '' : ` (default ${String(usual)})`}`
  if (items !== undefined) return `one or several: ${typeText(items)}`
  if (anyOf !== undefined) return anyOf.map(typeText).join(' or ')
  return minimum === undefined || minimum < -1e9 ? name : `${name}, ${minimum} or more`
}

/** @param rows of HTML */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
  return `<div class="wide"><table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`
}

/** Text in which `code` is marked. */
function prose(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
