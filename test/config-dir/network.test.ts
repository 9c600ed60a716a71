import { expect, it } from 'vitest'
import { LiveConfig } from '../../src/config-dir/live.ts'
import { loadConfigDir } from '../../src/config-dir/load.ts'
import { loadNetwork } from '../../src/config-dir/network.ts'
import { configWith, put } from '../agents/config-folder.ts'

it('reads which hosts of the operator’s network tools may reach; without the file there are none', async () => {
  expect(await loadNetwork(configWith({}))).toEqual({ network: { allowHosts: [] }, problems: [] })
  const config = configWith({ 'network.yaml': 'allowHosts: [desk.internal:8443, "*.svc.cluster.local"]\n' })
  expect(await loadNetwork(config)).toEqual({
    network: { allowHosts: ['desk.internal:8443', '*.svc.cluster.local'] },
    problems: [],
  })
  expect((await loadNetwork(configWith({ 'network.yaml': '# nothing yet\n' }))).problems).toEqual([])
})

it.each([
  [
    'allowHosts: [https://desk.internal]\n',
    '1:14  allowHosts.0: "https://desk.internal" does not fit: a host, like desk.internal, ',
  ],
  ['allowHost: [x]\n', '1:1  allowHost: unknown key `allowHost`: did you mean `allowHosts`?'],
  ['allowHosts: desk\n', '1:13  allowHosts: "desk" does not fit: a list is needed'],
  ['allowHosts: [10.5]\n', '1:14  allowHosts.0: 10.5 does not fit: the name of a host, in quotes when it is a number'],
  ['allowHosts: [\n', /2:1 {2}Flow sequence/],
])('points at what is wrong in %j, and lets nothing through', async (text, expected) => {
  const config = configWith({ 'network.yaml': text })
  const { network, problems } = await loadNetwork(config)
  expect(network.allowHosts).toEqual([])
  expect(problems.map((problem) => problem.text.replace(`${config}/network.yaml:`, ''))).toEqual([
    typeof expected === 'string' ? expect.stringContaining(expected) : expect.stringMatching(expected),
  ])
})

it('is taken while calls go on, like everything else', async () => {
  const config = configWith({ 'agents/x.yaml': 'instructions: hi\n', 'network.yaml': 'allowHosts: [a]\n' })
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  await using live = new LiveConfig({ configDir: config, env: {}, keep: async () => {}, log, setTimer: () => () => {} })
  expect(await live.reload()).toMatchObject({ type: 'taken' })
  expect(live.current.network.allowHosts).toEqual(['a'])
  put(config, 'network.yaml', 'allowHosts: [a, b]\n')
  expect(await live.reload()).toEqual({ type: 'taken', agents: [], tools: [] })
  expect(live.current.network.allowHosts).toEqual(['a', 'b'])
  put(config, 'network.yaml', 'allowHosts: [a, "b c"]\n')
  expect(await live.reload()).toMatchObject({ type: 'refused' })
  expect(live.current.network.allowHosts).toEqual(['a', 'b'])
})

it('holds agents to it: a host that is taken from the list takes the tool with it', async () => {
  const agent = 'instructions: hi\ntools: [{ http: { name: a, description: x, url: "http://desk.internal/" } }]\n'
  const allowed = await loadConfigDir(
    configWith({ 'agents/x.yaml': agent, 'network.yaml': 'allowHosts: [desk.internal]\n' }),
    {},
  )
  expect(allowed.problems).toEqual([])
  expect(allowed.network.allowHosts).toEqual(['desk.internal'])
  const refused = await loadConfigDir(configWith({ 'agents/x.yaml': agent }), {})
  expect(refused.problems.map(({ message }) => message)).toEqual([
    'http to desk.internal is not encrypted: use https, or list the host under `allowHosts` in network.yaml',
  ])
})
