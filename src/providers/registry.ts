/** Every provider there is: the one file that knows the folders beside it. */
import { createOpenAiProvider } from './openai/openai.ts'
import type { OpenAiSettings } from './openai/settings.ts'
import type { Provider } from './provider.ts'

export interface ProviderSettings {
  readonly openai: OpenAiSettings
}

/** @returns providers by the name an agent's YAML gives (`model.provider`) */
export function createProviders(settings: ProviderSettings): ReadonlyMap<string, Provider> {
  const providers: readonly Provider[] = [createOpenAiProvider(settings.openai)]
  return new Map(providers.map((provider) => [provider.name, provider]))
}
