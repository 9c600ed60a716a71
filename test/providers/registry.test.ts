import { expect, it } from 'vitest'
import { MULAW_8K, PCM16_24K } from '../../src/audio/format.ts'
import { createProviders } from '../../src/providers/registry.ts'

it('knows providers by the name an agent gives', () => {
  const providers = createProviders({ openai: { apiKey: null, baseUrl: 'http://127.0.0.1:9/v1' } })
  expect([...providers.keys()]).toEqual(['openai'])
  expect(providers.get('openai')?.format('g711')).toEqual(MULAW_8K)
  expect(providers.get('openai')?.format('pcm16')).toEqual(PCM16_24K)
})
