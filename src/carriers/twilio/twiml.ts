/** The answers Twilio reads, all of them built by Twilio's own package. */
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js'
import type { Destination } from '../carrier.ts'
import { sayLanguage } from './say-languages.ts'

/** The name of the `<Parameter>` that carries the stream's token. */
const TOKEN_PARAMETER = 'token'

/**
 * A bidirectional stream, and behind it the question what to do next: Twilio goes on to `nextUrl` whenever the stream is
 * over, also when our process died (fact sheet, section 1.1).
 */
export function streamTwiml(stream: {
  readonly url: string
  readonly token: string
  readonly nextUrl: string
}): string {
  const response = new VoiceResponse()
  response.connect().stream({ url: stream.url }).parameter({ name: TOKEN_PARAMETER, value: stream.token })
  response.redirect({ method: 'POST' }, stream.nextUrl)
  return response.toString()
}

/** @param language of the words, like de or de-AT; without it they are said in the account's usual voice */
export function hangUpTwiml(words: string | null, language?: string): string {
  const response = new VoiceResponse()
  say(response, words, language)
  response.hangup()
  return response.toString()
}

/** @param afterUrl asked with `DialCallStatus` when the other party has hung up, or never answered */
export function dialTwiml(destination: Destination, words: string | null, afterUrl: string): string {
  const response = new VoiceResponse()
  say(response, words)
  const dial = response.dial({ answerOnBridge: true, action: afterUrl, method: 'POST' })
  if ('phone' in destination) dial.number(destination.phone)
  else dial.sip(destination.sip)
  return response.toString()
}

/** Not one of XML 1.0's characters (section 2.2): the builder throws on them, and the caller should hear the rest. */
const UNSPEAKABLE = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

function say(response: VoiceResponse, words: string | null, language?: string): void {
  const text = (words ?? '').replace(UNSPEAKABLE, ' ').trim()
  const spoken = sayLanguage(language)
  if (text !== '') response.say(spoken === undefined ? {} : { language: spoken }, text)
}
