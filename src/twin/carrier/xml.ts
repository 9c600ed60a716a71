/** A small strict XML 1.0 reader for TwiML: what a real parser refuses, this refuses. No DTDs and no namespaces. */

export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** All text directly inside the element, entities resolved. */
  readonly text: string
}

export class XmlError extends Error {
  override readonly name = 'XmlError'
}

interface OpenElement {
  readonly name: string
  readonly attributes: Map<string, string>
  readonly children: OpenElement[]
  text: string
}

const NAME = /[A-Za-z_:][A-Za-z0-9_:.-]*/y
const SPACE = /[ \t\r\n]*/y
const TEXT = /[^<]+/y
const DECLARATION = /<\?xml[ \t\r\n]+version=(?:"1\.\d"|'1\.\d')[^?<>]*\?>/y
const NAMED = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])
// XML allows tab, line feed and carriage return of the control characters, and no lone surrogates (section 2.2).
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these characters that are looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

/**
 * @param source a whole document; a declaration, if any, must be its very first characters
 * @throws XmlError with line and column
 */
export function parseXml(source: string): XmlElement {
  return new Reader(source).document()
}

class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source.startsWith('\uFEFF') ? source.slice(1) : source
  }

  document(): XmlElement {
    const forbidden = FORBIDDEN.exec(this.#source)
    if (forbidden) throw this.#error('a character that XML does not allow', forbidden.index)
    this.#match(DECLARATION)
    this.#betweenElements()
    if (!this.#source.startsWith('<', this.#at)) throw this.#error('the document must begin with an element')
    const root = this.#element()
    this.#betweenElements()
    if (this.#at < this.#source.length) throw this.#error('nothing may follow the root element')
    return root
  }

  /** Reads one element with all it holds. A stack rather than recursion, so that depth cannot exhaust ours. */
  #element(): XmlElement {
    const stack: OpenElement[] = []
    for (;;) {
      const element = stack.at(-1)
      if (element) element.text += this.#text()
      if (this.#at >= this.#source.length) throw this.#error(`<${element?.name}> is never closed`)
      if (this.#comment() || this.#instruction()) continue
      if (this.#take('</')) {
        const name = this.#name()
        if (name !== element?.name) throw this.#error(`</${name}> closes <${element?.name}>`)
        this.#match(SPACE)
        this.#expect('>')
        stack.pop()
      } else if (element && this.#take('<![CDATA[')) {
        element.text += this.#until(']]>', 'CDATA')
        continue
      } else {
        this.#expect('<')
        const opened = this.#startTag()
        element?.children.push(opened)
        if (!this.#take('/>')) {
          this.#expect('>')
          stack.push(opened)
          continue
        }
        if (!element) return opened
      }
      if (stack.length === 0) return element!
    }
  }

  #startTag(): OpenElement {
    const name = this.#name()
    const attributes = new Map<string, string>()
    for (;;) {
      const spaced = this.#match(SPACE) !== ''
      if (this.#source.startsWith('>', this.#at) || this.#source.startsWith('/>', this.#at)) break
      if (this.#at >= this.#source.length) throw this.#error(`<${name} is never closed`)
      if (!spaced) throw this.#error(`a space is missing inside <${name}>`)
      const attribute = this.#name()
      if (attributes.has(attribute)) throw this.#error(`attribute ${attribute} comes twice in <${name}>`)
      this.#match(SPACE)
      this.#expect('=')
      this.#match(SPACE)
      const quote = this.#take('"') ? '"' : this.#take("'") ? "'" : undefined
      if (!quote) throw this.#error(`the value of ${attribute} is not quoted`)
      const start = this.#at
      const raw = this.#until(quote, `attribute ${attribute}`)
      if (raw.includes('<')) throw this.#error('an attribute value may not hold <', start)
      attributes.set(attribute, this.#resolve(raw.replace(/[\t\r\n]/g, ' '), start))
    }
    return { name, attributes, children: [], text: '' }
  }

  #text(): string {
    const start = this.#at
    const raw = this.#match(TEXT)
    if (raw.includes(']]>')) throw this.#error(']]> may not stand in text', start)
    return this.#resolve(raw, start)
  }

  #resolve(raw: string, start: number): string {
    if (!raw.includes('&')) return raw
    return raw.replace(/&([^;&]*)(;?)/g, (_, name: string, end: string, offset: number) => {
      const number = /^#(?:(\d+)|x([0-9a-fA-F]+))$/.exec(name)
      const point = number?.[1] ? Number(number[1]) : number?.[2] ? Number.parseInt(number[2], 16) : undefined
      if (point !== undefined && point > 0x10ffff) throw this.#error(`&${name}; is no character`, start + offset)
      const character = point === undefined ? NAMED.get(name) : String.fromCodePoint(point)
      const known = end === ';' && character !== undefined && !FORBIDDEN.test(character)
      if (!known) throw this.#error('& must be written &amp; or begin a known entity', start + offset)
      return character
    })
  }

  #betweenElements(): void {
    do this.#match(SPACE)
    while (this.#comment() || this.#instruction())
  }

  #comment(): boolean {
    if (!this.#take('<!--')) return false
    const start = this.#at
    const comment = this.#until('-->', 'comment')
    if (comment.includes('--') || comment.endsWith('-')) throw this.#error('-- may not stand in a comment', start)
    return true
  }

  #instruction(): boolean {
    if (!this.#take('<?')) return false
    if (/^xml[ \t\r\n?]/i.test(this.#source.slice(this.#at, this.#at + 4))) {
      throw this.#error('the XML declaration must be the first characters of the document')
    }
    this.#name()
    this.#until('?>', 'processing instruction')
    return true
  }

  #name(): string {
    const name = this.#match(NAME)
    if (name === '') throw this.#error('a name is expected')
    return name
  }

  #until(end: string, what: string): string {
    const start = this.#at
    const found = this.#source.indexOf(end, start)
    if (found < 0) throw this.#error(`${what} is never closed`)
    this.#at = found + end.length
    return this.#source.slice(start, found)
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#source)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #take(expected: string): boolean {
    if (!this.#source.startsWith(expected, this.#at)) return false
    this.#at += expected.length
    return true
  }

  #expect(expected: string): void {
    if (!this.#take(expected)) throw this.#error(`${expected} is expected`)
  }

  #error(what: string, at = this.#at): XmlError {
    const before = this.#source.slice(0, at).split('\n')
    return new XmlError(`line ${before.length}, column ${before.at(-1)!.length + 1}: ${what}`)
  }
}
