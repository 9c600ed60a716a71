import { expect, it } from 'vitest'
import { loadConfigDir, PROVIDER_NAMES } from '../../src/config-dir/load.ts'
import { createProviders } from '../../src/providers/registry.ts'
import { configWith } from '../agents/config-folder.ts'

it('knows the providers that there are', () => {
  const providers = createProviders({ openai: { apiKey: null, baseUrl: 'http://127.0.0.1:1/v1' } })
  expect(PROVIDER_NAMES).toEqual([...providers.keys()])
})

it('finds nothing wrong with what is shipped', async () => {
  const { agents, tools, pricing, problems, warnings } = await loadConfigDir('config', {})
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
  expect(agents.map(({ name }) => name)).toEqual(['harbour-bikes'])
  expect([...tools.keys()]).toEqual(['lookup_order'])
  expect(pricing.has('gpt-realtime-2.1')).toBe(true)
})

it('tells what is wrong with prices, tools and agents at once', async () => {
  const config = configWith({
    'pricing.yaml': 'checked: soon\nmodels: {}\n',
    'tools/broken.ts': 'export const nothing = 1\n',
    'agents/x.yaml': 'greeting: Hello.\n',
  })
  const { agents, problems } = await loadConfigDir(config, {})
  expect(agents).toEqual([])
  expect(problems.map(({ text }) => text.slice(config.length + 1, -1).split('  ')[0])).toEqual([
    'pricing.yaml:1:10',
    'tools/broken.ts:1:1',
    'agents/x.yaml:1:1',
  ])
})

it('finds in the environment what recordings in a bucket need', async () => {
  const config = configWith({ 'agents/x.yaml': 'instructions: hi\nrecording: { mode: on, store: s3 }\n' })
  const found = async (env: Record<string, string>) =>
    (await loadConfigDir(config, env)).problems.map(({ text }) => text).filter((text) => text.includes('recording'))
  const set = { RECORDINGS_S3_URL: 'https://s3.example/calls', RECORDINGS_S3_KEY_ID: 'id', RECORDINGS_S3_SECRET: 'x' }
  expect(await found(set)).toEqual([])
  expect(await found({ ...set, RECORDINGS_S3_SECRET: '' })).toEqual([
    expect.stringMatching(/need RECORDINGS_S3_SECRET in the environment, or `store: disk`/),
  ])
})
