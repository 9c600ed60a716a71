/** TwiML as the carrier reads it: verbs it can perform, and what it finds wrong. Source: fact sheet telephony.md, 1.1, 1.4, 1.6, 1.10. */
import type { Method } from './webhook.ts'
import { parseXml, type XmlElement, XmlError } from './xml.ts'

/** Where to ask for the next document; absolute. */
export interface Target {
  readonly url: string
  readonly method: Method
}

export interface StreamNoun {
  /** ws or wss, absolute, without a query. */
  readonly url: string
  readonly name: string | null
  readonly parameters: Readonly<Record<string, string>>
  readonly statusCallback: Target | null
}

type DialNoun =
  | { readonly noun: 'Number'; readonly number: string; readonly attributes: Attributes }
  | { readonly noun: 'Sip'; readonly uri: string; readonly attributes: Attributes }

type Attributes = Readonly<Record<string, string>>

export type Verb =
  /** `stream` is null when it is so wrong that the carrier does not dial it; the verb is then over at once. */
  | { readonly verb: 'Connect'; readonly stream: StreamNoun | null; readonly action: Target | null }
  | { readonly verb: 'Redirect'; readonly target: Target }
  | {
      readonly verb: 'Dial'
      readonly to: readonly DialNoun[]
      readonly attributes: Attributes
      readonly action: Target | null
    }
  | { readonly verb: 'Say'; readonly text: string }
  | { readonly verb: 'Play'; readonly url: string | null; readonly digits: string | null }
  | { readonly verb: 'Pause'; readonly lengthMs: number }
  | { readonly verb: 'Reject'; readonly reason: 'rejected' | 'busy' }
  | { readonly verb: 'Hangup' }

/** What the carrier's debugger would show. 12100: no document. 12200: the schema; the rest is performed all the same. */
interface Problem {
  readonly code: 12100 | 12200 | 31922 | 31923 | 31941
  readonly level: 'error' | 'warning'
  readonly detail: string
}

export interface TwimlDocument {
  readonly verbs: readonly Verb[]
  readonly problems: readonly Problem[]
}

const CALLBACK = ['statusCallback', 'statusCallbackMethod']
const AMD = [
  'amdStatusCallback',
  'amdStatusCallbackMethod',
  'machineDetection',
  'machineDetectionSilenceTimeout',
].concat(['machineDetectionSpeechEndThreshold', 'machineDetectionSpeechThreshold', 'machineDetectionTimeout'])
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Response: [],
  Connect: ['action', 'method'],
  Stream: ['url', 'name', 'track', ...CALLBACK],
  Parameter: ['name', 'value'],
  Redirect: ['method'],
  Dial: ['action', 'method', 'answerOnBridge', 'callerId', 'hangupOnStar', 'record', 'recordingStatusCallback'].concat(
    ['recordingStatusCallbackEvent', 'recordingStatusCallbackMethod', 'recordingTrack', 'referMethod', 'referUrl'],
    ['ringTone', 'sequential', 'timeLimit', 'timeout', 'trim'],
  ),
  Number: ['url', 'method', 'sendDigits', 'byoc', 'statusCallbackEvent', ...CALLBACK, ...AMD],
  Sip: ['url', 'method', 'username', 'password', 'statusCallbackEvent', ...CALLBACK, ...AMD],
  Say: ['voice', 'language', 'loop'],
  Play: ['digits', 'loop'],
  Pause: ['length'],
  Reject: ['reason'],
  Hangup: [],
}

/** A document that is not one: nothing of it is performed. */
export class TwimlError extends Error {
  override readonly name = 'TwimlError'
}

/**
 * @param documentUrl where it came from: relative URLs in it are read against this
 * @throws TwimlError when it is not well-formed XML or its root is not Response (error 12100)
 */
export function readTwiml(source: string, documentUrl: string): TwimlDocument {
  let root: XmlElement
  try {
    root = parseXml(source)
  } catch (error) {
    if (error instanceof XmlError) throw new TwimlError(error.message)
    throw error
  }
  if (root.name !== 'Response') throw new TwimlError(`the root is <${root.name}>, not <Response>`)
  const reader = new TwimlReader(documentUrl)
  return { verbs: reader.verbs(root), problems: reader.problems }
}

class TwimlReader {
  readonly problems: Problem[] = []
  readonly #documentUrl: string

  constructor(documentUrl: string) {
    this.#documentUrl = documentUrl
  }

  verbs(root: XmlElement): Verb[] {
    this.#check(root, 'elements')
    return root.children.flatMap((element) => this.#verb(element) ?? [])
  }

  #verb(element: XmlElement): Verb | null {
    switch (element.name) {
      case 'Connect':
        this.#check(element, 'elements')
        return { verb: 'Connect', stream: this.#onlyStream(element), action: this.#action(element) }
      case 'Redirect':
        this.#check(element, 'text')
        return { verb: 'Redirect', target: this.#target(element.text.trim(), element.attributes.get('method')) }
      case 'Dial':
        return this.#dial(element)
      case 'Say':
        this.#check(element, 'text')
        return { verb: 'Say', text: element.text.trim() }
      case 'Play': {
        this.#check(element, 'text')
        const url = element.text.trim()
        const digits = element.attributes.get('digits') ?? null
        if (url === '' && digits === null) this.#warn('<Play> has neither a URL nor digits')
        return { verb: 'Play', url: url === '' ? null : this.#absolute(url), digits }
      }
      case 'Pause': {
        this.#check(element, 'nothing')
        const length = element.attributes.get('length') ?? '1'
        if (!/^\d+$/.test(length)) this.#warn(`<Pause length="${length}"> is not a number of seconds`)
        return { verb: 'Pause', lengthMs: /^\d+$/.test(length) ? Number(length) * 1000 : 1000 }
      }
      case 'Reject': {
        this.#check(element, 'nothing')
        const reason = element.attributes.get('reason') ?? 'rejected'
        if (reason !== 'rejected' && reason !== 'busy') this.#warn(`<Reject reason="${reason}"> is not known`)
        return { verb: 'Reject', reason: reason === 'busy' ? 'busy' : 'rejected' }
      }
      case 'Hangup':
        this.#check(element, 'nothing')
        return { verb: 'Hangup' }
      default:
        this.#warn(`<${element.name}> is not a verb this carrier performs`)
        return null
    }
  }

  #onlyStream(connect: XmlElement): StreamNoun | null {
    const [element, ...others] = connect.children
    if (element?.name !== 'Stream' || others.length > 0) {
      this.#warn('<Connect> must hold exactly one <Stream>')
      return null
    }
    this.#check(element, 'elements')
    const track = element.attributes.get('track') ?? 'inbound_track'
    if (track !== 'inbound_track') {
      return this.#refuse(31941, `<Connect><Stream> takes only inbound_track, not ${track}`)
    }
    const callback = element.attributes.get('statusCallback')
    const method = element.attributes.get('statusCallbackMethod')
    const statusCallback = callback === undefined ? null : this.#target(callback, method)
    const url = this.#streamUrl(element.attributes.get('url') ?? '')
    const parameters = this.#parameters(element)
    return url === null ? null : { url, name: element.attributes.get('name') ?? null, parameters, statusCallback }
  }

  /** Only wss, because the carrier dials from the open internet; ws is taken on loopback, where a stand-in can reach it. */
  #streamUrl(written: string): string | null {
    const absolute = /^[a-z][a-z0-9+.-]*:/i.test(written)
    // What is absolute is signed and dialled exactly as it is written, so it is taken apart but never put together again.
    const url = absolute ? written : this.#absolute(written).replace(/^http/, 'ws')
    const scheme = /^([a-z0-9+.-]+):\/\/[^\s/?#]/i.exec(url)?.[1]?.toLowerCase()
    if (written === '' || scheme === undefined || !URL.canParse(url)) {
      return this.#refuse(31923, `<Stream url="${written}"> is malformed`)
    }
    const { hostname } = new URL(url)
    const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
    if (scheme !== 'wss' && !(scheme === 'ws' && loopback)) {
      return this.#refuse(31922, `<Stream url="${written}"> is not wss`)
    }
    const [bare, query] = url.split('#', 1)[0]!.split(/\?(.*)/s)
    // Observed of the carrier: the query is dropped on the way, whatever the server meant by it (telephony.md, 0.2).
    if (query !== undefined) this.#warn('<Stream url> has a query, which the carrier strips; use <Parameter>')
    return bare!
  }

  #parameters(stream: XmlElement): Record<string, string> {
    const parameters: Record<string, string> = {}
    for (const child of stream.children) {
      if (child.name !== 'Parameter') {
        this.#warn(`<${child.name}> has no place in <Stream>`)
        continue
      }
      this.#check(child, 'nothing')
      const name = child.attributes.get('name')
      const value = child.attributes.get('value')
      if (!name || value === undefined) this.#warn('<Parameter> needs a name and a value')
      else if (name.length + value.length >= 500) this.#warn(`<Parameter name="${name}"> has 500 characters or more`)
      else if (Object.hasOwn(parameters, name)) this.#warn(`<Parameter name="${name}"> comes twice`)
      else parameters[name] = value
    }
    return parameters
  }

  #dial(element: XmlElement): Verb {
    const to: DialNoun[] = []
    const plain = element.text.trim()
    this.#check(element, element.children.length === 0 ? 'text' : 'elements')
    if (element.children.length === 0) to.push({ noun: 'Number', number: this.#number(plain), attributes: {} })
    for (const child of element.children) {
      const written = child.text.trim()
      const attributes = Object.fromEntries(child.attributes)
      if (child.name === 'Number') {
        this.#check(child, 'text')
        to.push({ noun: 'Number', number: this.#number(written), attributes })
      } else if (child.name === 'Sip') {
        this.#check(child, 'text')
        if (!/^sips?:[^\s@]+@[^\s@]+$/.test(written)) this.#warn('<Sip> does not hold a SIP URI')
        to.push({ noun: 'Sip', uri: written, attributes })
      } else this.#warn(`<${child.name}> has no place in <Dial>`)
    }
    return { verb: 'Dial', to, attributes: Object.fromEntries(element.attributes), action: this.#action(element) }
  }

  #number(written: string): string {
    if (!/^\+?[0-9][0-9 ().-]{1,24}$/.test(written)) this.#warn('<Dial> does not hold a telephone number')
    return written
  }

  #action(element: XmlElement): Target | null {
    const action = element.attributes.get('action')
    return action === undefined ? null : this.#target(action, element.attributes.get('method'))
  }

  #target(url: string, method = 'POST'): Target {
    if (method !== 'GET' && method !== 'POST') this.#warn(`method="${method}" is neither GET nor POST`)
    return { url: this.#absolute(url), method: method === 'GET' ? 'GET' : 'POST' }
  }

  #absolute(url: string): string {
    if (/^https?:\/\//i.test(url)) return url
    if (URL.canParse(url, this.#documentUrl)) return new URL(url, this.#documentUrl).href
    this.#warn(`"${url}" is not a URL`)
    return url
  }

  /** Unknown attributes, and text or elements where there can be none. */
  #check(element: XmlElement, holds: 'elements' | 'text' | 'nothing'): void {
    for (const name of element.attributes.keys()) {
      if (!ATTRIBUTES[element.name]?.includes(name)) this.#warn(`<${element.name}> has no attribute ${name}`)
    }
    if (holds !== 'text' && element.text.trim() !== '') this.#warn(`<${element.name}> may not hold text`)
    if (holds !== 'elements' && element.children.length > 0) this.#warn(`<${element.name}> may not hold elements`)
  }

  #warn(detail: string): void {
    this.problems.push({ code: 12200, level: 'warning', detail })
  }

  #refuse(code: 31922 | 31923 | 31941, detail: string): null {
    this.problems.push({ code, level: 'error', detail })
    return null
  }
}
