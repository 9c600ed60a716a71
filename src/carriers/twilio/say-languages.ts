/** The languages that Twilio's own voices speak, for sentences that it says without us. Source: its package's SayLanguage. */
import type VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js'

type SayLanguage = NonNullable<VoiceResponse.SayAttributes['language']>

/** Of several countries with one language, the one that a language without a country stands for comes first. */
const LANGUAGES: readonly SayLanguage[] = [
  ...(['ar-AE', 'bg-BG', 'ca-ES', 'cs-CZ', 'cy-GB', 'da-DK', 'de-DE', 'de-AT', 'el-GR'] as const),
  ...(['en-US', 'en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN', 'en-NZ', 'en-ZA', 'es-ES', 'es-MX', 'es-US'] as const),
  ...(['fi-FI', 'fr-FR', 'fr-BE', 'fr-CA', 'he-IL', 'hi-IN', 'hu-HU', 'id-ID', 'is-IS', 'it-IT', 'ja-JP'] as const),
  ...(['ko-KR', 'lv-LV', 'ms-MY', 'nb-NO', 'nl-NL', 'nl-BE', 'pl-PL', 'pt-PT', 'pt-BR', 'ro-RO', 'ru-RU'] as const),
  ...(['sk-SK', 'sr-RS', 'sv-SE', 'ta-IN', 'th-TH', 'tr-TR', 'uk-UA', 'vi-VN', 'zh-CN', 'zh-HK', 'zh-TW'] as const),
]

/** @param language like de or de-AT  @returns undefined for one that no voice speaks: the account's usual voice says it */
export function sayLanguage(language: string | undefined): SayLanguage | undefined {
  if (language === undefined) return undefined
  const [spoken = ''] = language.split('-')
  return LANGUAGES.find((each) => each === language) ?? LANGUAGES.find((each) => each.startsWith(`${spoken}-`))
}
