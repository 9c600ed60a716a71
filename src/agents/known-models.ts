/**
 * What the models that we know of take. A model that is not here may be a newer one, or another server's: nothing is said of
 * it. Source: the provider's model pages and the session object of its realtime API.
 */

interface KnownModel {
  readonly voices: readonly string[]
  /** Null: it does not reason. */
  readonly reasoning: readonly string[] | null
  /** The day its provider has announced to switch it off, when there is one. */
  readonly endsOn: string | null
}

const VOICES = ['alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer', 'verse', 'marin', 'cedar']
const EFFORTS = ['minimal', 'low', 'medium', 'high', 'xhigh']
const REASONS: KnownModel = { voices: VOICES, reasoning: EFFORTS, endsOn: null }
const ANSWERS: KnownModel = { voices: VOICES, reasoning: null, endsOn: null }

const OPENAI: ReadonlyMap<string, KnownModel> = new Map([
  ['gpt-realtime-2.1', REASONS],
  ['gpt-realtime-2.1-mini', REASONS],
  ['gpt-realtime-2', REASONS],
  ['gpt-realtime-1.5', ANSWERS],
  ['gpt-realtime', { ...ANSWERS, endsOn: '2027-01-20' }],
  ['gpt-realtime-mini', { ...ANSWERS, endsOn: '2027-01-20' }],
])

const PROVIDERS: ReadonlyMap<string, ReadonlyMap<string, KnownModel>> = new Map([['openai', OPENAI]])

/** @param name as an agent has it; a dated one (`…-2026-07-06`) is the model it is dated from */
export function knownModel(provider: string, name: string): KnownModel | null {
  const models = PROVIDERS.get(provider)
  return models?.get(name) ?? models?.get(name.replace(/-\d{4}-\d\d-\d\d$/, '')) ?? null
}

/** A voice that the account's owner has made goes by its id. */
export function isOwnVoice(voice: string): boolean {
  return voice.startsWith('voice_')
}
