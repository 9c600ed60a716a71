/** Performs TwiML documents, verb by verb, from the first webhook to the end of the call. Source: telephony.md, 1.1 and 1.10. */
import type { EndedWhy } from './events.ts'
import type { Fields } from './signature.ts'
import type { StreamNoun, Target, TwimlDocument, Verb } from './twiml.ts'

/** The carrier's hands. Every promise is fulfilled early when the call is over. */
export interface TwimlHost {
  /** True once the caller has hung up. */
  readonly over: boolean
  /** @param more fields beside the call's own. Null: there was no document, which was reported */
  document(target: Target, more: Fields): Promise<TwimlDocument | null>
  /** The caller hears something from here on. Told before every verb but a first Reject. */
  answered(): void
  performing(verb: Verb): void
  /** Fulfilled when the stream is over. */
  connect(stream: StreamNoun): Promise<void>
  pause(ms: number): Promise<void>
  /** What a Dial came to, for its action. */
  dial(verb: Extract<Verb, { verb: 'Dial' }>): Fields
}

type Step =
  | { readonly go: 'next-verb' }
  | { readonly go: 'document'; readonly target: Target; readonly more: Fields }
  | { readonly go: 'end'; readonly why: EndedWhy }

const NEXT_VERB: Step = { go: 'next-verb' }

/**
 * @param webhook where the first document comes from
 * @param maxDocuments after so many the carrier gives up: two documents that redirect to each other would go on for ever
 */
export async function runTwiml(host: TwimlHost, webhook: Target, maxDocuments: number): Promise<EndedWhy> {
  let step: Step = { go: 'document', target: webhook, more: [] }
  for (let documents = 0; documents < maxDocuments && step.go === 'document'; documents++) {
    const document = await host.document(step.target, step.more)
    if (host.over) return 'caller-hung-up'
    if (!document) return 'application-error'
    step = await runDocument(host, document, documents === 0)
    if (host.over) return 'caller-hung-up'
  }
  return step.go === 'end' ? step.why : 'application-error'
}

async function runDocument(host: TwimlHost, document: TwimlDocument, first: boolean): Promise<Step> {
  const [opening] = document.verbs
  if (first && opening?.verb === 'Reject') {
    host.performing(opening)
    return { go: 'end', why: 'rejected' }
  }
  if (first) host.answered()
  for (const verb of document.verbs) {
    host.performing(verb)
    const step = await perform(host, verb)
    if (host.over || step.go !== 'next-verb') return step
  }
  return { go: 'end', why: 'twiml-finished' }
}

async function perform(host: TwimlHost, verb: Verb): Promise<Step> {
  switch (verb.verb) {
    case 'Connect':
      if (verb.stream) await host.connect(verb.stream)
      return verb.action ? { go: 'document', target: verb.action, more: [] } : NEXT_VERB
    case 'Dial': {
      const outcome = host.dial(verb)
      return verb.action ? { go: 'document', target: verb.action, more: outcome } : NEXT_VERB
    }
    case 'Redirect':
      return { go: 'document', target: verb.target, more: [] }
    case 'Pause':
      await host.pause(verb.lengthMs)
      return NEXT_VERB
    case 'Say':
    case 'Play':
      return NEXT_VERB
    case 'Hangup':
    case 'Reject':
      return { go: 'end', why: 'hangup-verb' }
  }
}
