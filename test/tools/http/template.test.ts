// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is tested
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argsOf, fill, parseTemplate, type TemplateValues } from '../../../src/tools/http/template.ts'
import { fillUrl, parseUrlTemplate, UnfitArgument } from '../../../src/tools/http/url-template.ts'

function values(args: Readonly<Record<string, unknown>> = {}): TemplateValues {
  const call = { id: 'c1', from: '+15550123', to: '+15550100', agent: 'harbour' }
  return { args, call, secret: (name) => `<${name}>` }
}

const filled = (text: string, args?: Readonly<Record<string, unknown>>) =>
  fill(parseTemplate(text), values(args), (each) => `[${each}]`)

const DESK = 'https://desk.example'

function url(
  template: string,
  args: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, string>> = {},
) {
  const extra = Object.fromEntries(Object.entries(query).map(([name, text]) => [name, parseTemplate(text)]))
  return fillUrl(parseUrlTemplate(template), extra, values(args)).href
}

describe('a template', () => {
  it('is filled with arguments, facts of the call and secrets, each encoded for its place; its own text stays', () => {
    expect(filled('a [b] {{args.x}}-{{ args.y }} ${KEY_1} {{call.from}} $5 {not} }}', { x: 'X', y: 7 })).toBe(
      'a [b] [X]-[7] [<KEY_1>] [+15550123] $5 {not} }}',
    )
    expect(filled('{{call.id}} {{call.to}} {{call.agent}}')).toBe('[c1] [+15550100] [harbour]')
  })

  it('is nothing when it is one argument that was not given; within a text that argument is empty', () => {
    expect(filled('{{args.x}}')).toBe(undefined)
    expect(filled('{{args.x}}', { x: null })).toBe(undefined)
    expect(filled('id={{args.x}}')).toBe('id=[]')
    expect(filled('{{args.constructor}}')).toBe(undefined)
    expect(filled('{{args.x}}', { x: false })).toBe('[false]')
  })

  it('knows what it needs', () => {
    const template = parseTemplate('{{args.a}} ${KEY} {{args.b}}{{call.id}}')
    expect(argsOf(template)).toEqual(['a', 'b'])
  })

  it.each([
    ['{{args.x', '`{{` is not closed'],
    ['${KEY', '`${` is not closed'],
    ['${key}', '`${key}` names no environment variable'],
    ['${}', '`${}` names no environment variable'],
    ['${KEY:-x}', '`${KEY:-x}` names no environment variable'],
    ['{{order}}', '`{{order}}` stands for nothing'],
    ['{{args}}', '`{{args}}` stands for nothing'],
    ['{{args.a.b}}', '`{{args.a.b}}` stands for nothing'],
    [
      '{{call.secret}}',
      '`{{call.secret}}` stands for nothing: there are {{args.…}} of the parameters, and {{call.id}}',
    ],
    ['{{}}', '`{{}}` stands for nothing'],
    ['{{ {{args.x}} }}', '`{{` is not closed'],
  ])('refuses %s', (text, message) => expect(() => parseTemplate(text)).toThrow(message))
})

describe('a URL', () => {
  it('encodes what it is filled with, by place', () => {
    expect(url(`${DESK}/a/{{args.x}}/b-{{args.y}}`, { x: 'ä/b?c#d%2F e', y: 'é&=' })).toBe(
      `${DESK}/a/%C3%A4%2Fb%3Fc%23d%252F%20e/b-%C3%A9%26%3D`,
    )
    expect(url(`${DESK}/a?x={{args.x}}&fixed=a%2Cb&key=\${KEY}`, { x: 'a&b=c+d #' })).toBe(
      `${DESK}/a?x=a%26b%3Dc%2Bd%20%23&fixed=a%2Cb&key=%3CKEY%3E`,
    )
    expect(url(DESK, { x: 'a b' }, { 'q r': 'x {{args.x}}' })).toBe(`${DESK}/?q%20r=x%20a%20b`)
    expect(url(`${DESK}:8443/?a=1`, {}, { b: '2' })).toBe(`${DESK}:8443/?a=1&b=2`)
    expect(url(`${DESK}/x`, { x: 'half \ud800' }, { b: '{{args.x}}' })).toBe(`${DESK}/x?b=half%20%EF%BF%BD`)
  })

  it('leaves a query out whose argument was not given, and repeats one for each value of a list', () => {
    expect(url(`${DESK}/a?x={{args.x}}&y=1`, {}, { z: '{{args.z}}', l: '{{args.l}}' })).toBe(`${DESK}/a?y=1`)
    expect(url(`${DESK}/a`, { l: ['b', 'c d'] }, { l: '{{args.l}}' })).toBe(`${DESK}/a?l=b&l=c%20d`)
  })

  it.each(['.', '..', '', '%2e', '%2E%2e', '.%2e'])('refuses the argument %j as a segment of a path', (x) => {
    if (x.includes('%')) expect(new URL(url(`${DESK}/a/{{args.x}}/b`, { x })).pathname.split('/').length).toBe(4)
    else expect(() => url(`${DESK}/a/{{args.x}}/b`, { x })).toThrow(UnfitArgument)
  })

  it.each(['.{{args.x}}', '{{args.x}}.', '%2e{{args.x}}'])('refuses dots that an argument completes: %s', (segment) => {
    expect(() => url(`${DESK}/a/${segment}`, { x: '.' })).toThrow(new UnfitArgument('x must not be empty or dots'))
  })

  it('goes, whatever the arguments are, to its own host, by its own path, with its own query', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '@evil.example',
        '//evil.example',
        '\\..\\',
        '../..',
        '..;/',
        '?x',
        '#',
        '%00',
        '\r\nHost: x',
        ':80@',
      ),
    )
    fc.assert(
      fc.property(nasty, nasty, nasty, (a, b, c) => {
        let made: URL
        try {
          made = new URL(url(`${DESK}/api/{{args.a}}/orders/x{{args.b}}?q={{args.c}}&z=1`, { a, b, c }))
        } catch (error) {
          expect(error).toBeInstanceOf(UnfitArgument)
          return
        }
        expect(made.origin).toBe(DESK)
        expect([made.username, made.hash]).toEqual(['', ''])
        const segments = made.pathname.split('/')
        expect(segments.length).toBe(5)
        expect([segments[1], segments[3]]).toEqual(['api', 'orders'])
        expect(decodeURIComponent(segments[2] ?? '')).toBe(a.toWellFormed())
        expect(decodeURIComponent(segments[4] ?? '')).toBe(`x${b.toWellFormed()}`)
        expect([...made.searchParams]).toEqual([
          ['q', c.toWellFormed()],
          ['z', '1'],
        ])
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['desk.example/a', 'a URL is needed'],
    ['ftp://desk.example/a', 'a URL is needed'],
    ['https:///a', 'a URL is needed'],
    ['https://desk.example/a#b', 'no `#…`'],
    ['https://{{args.x}}.example/a', 'the host must be written out'],
    ['https://${HOST}/a', 'the host must be written out'],
    ['https://desk.example:{{args.x}}/a', 'the host must be written out'],
    ['https://me:pw@desk.example/', 'a name and password do not belong in a URL'],
    ['https://desk.example/${KEY}/a', 'a secret does not belong in a path'],
    ['https://desk.example/?{{args.x}}=1', 'names of the query are written out'],
    ['https://desk.example/{{args.x', 'is not closed'],
    ['https://exa mple/', 'a URL is needed'],
    ['https://[::1/', 'is no address of a host'],
  ])('is refused when it is %s', (text, message) => expect(() => parseUrlTemplate(text)).toThrow(message))
})
