/** The examples of docs/tools.md are files that work. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { EventBody } from '../../src/call/events.ts'
import { BUILT_IN_TOOLS, toolsFor } from '../../src/tools/registry.ts'
import { agentOf, configWith } from '../agents/config-folder.ts'
import { earshot } from '../cli/run.ts'
import { json, startBackend } from './backend.ts'
import { toolContext } from './tool-context.ts'
import { toolSources } from './tool-sources.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/tools.md'), 'utf8')

/** Blocks that begin with the name of a file of CONFIG_DIR. */
const files = Object.fromEntries(
  [...PAGE.matchAll(/^```\w+\n(?:#|\/\/) config\/(\S+)\n([\s\S]*?)^```/gm)].map(([, name = '', text = '']) => [
    name,
    text,
  ]),
)
const desk = files['agents/desk.yaml'] ?? ''

it('has an agent, a handler and a list of hosts', () => {
  expect(Object.keys(files)).toEqual([
    'agents/desk.yaml',
    'network.yaml',
    'tools/book-slot.ts',
    'agents/crm.yaml',
    'tools/lookup-caller.ts',
  ])
})

it('is well, as `earshot check` sees it', async () => {
  const agents = {
    ...files,
    'agents/slots.yaml': 'instructions: Book slots with book_slot.\ntools: [book_slot, note]\n',
  }
  const pricing = readFileSync(join(import.meta.dirname, '../../config/pricing.yaml'), 'utf8')
  const config = configWith({ ...agents, 'pricing.yaml': pricing })
  const env = { DESK_TOKEN: 's3cret', CRM_TOKEN: 's3cret', CRM_KEY: 's3cret' }
  const { code, stdout } = await earshot(['check'], { CONFIG_DIR: config, ...env })
  expect(stdout).toMatch(
    /^all is well: agents crm \(\w+\), desk \(\w+\), slots \(\w+\); tools book_slot, lookup_caller, /,
  )
  expect(code).toBe(0)
  const unset = await earshot(['check'], { CONFIG_DIR: config })
  expect(unset.stdout).toMatch(
    /desk\.yaml:14:33 {2}tools\.0\.http\.headers\.Authorization: the environment has no DESK_TOKEN/,
  )
  expect(unset.stdout).toMatch(/lookup-caller\.ts:1:1 {2}the environment has no CRM_KEY/)
  expect(unset.code).toBe(1)
})

it('sends what it says it sends, and tells the model what it says it tells', async () => {
  const tickets = [{ id: 7, state: 'open', summary: 'The chain slips.', cost: 12 }]
  const backend = await startBackend(({ method }, response) =>
    method === 'GET' ? json(response, { tickets, total: 1 }) : json(response, { message: 'Too late.', code: 3 }, 409),
  )
  onTestFinished(() => backend[Symbol.asyncDispose]())
  const env = { DESK_TOKEN: 's3cret' }
  const agent = await agentOf(desk.replaceAll('https://desk.example', backend.origin), { env })
  const tools = toolsFor(agent, new Map(), toolSources({ env }))
  const run = async (name: string, args: object) =>
    (await tools.get(name)?.run(JSON.stringify(args), toolContext().context))?.output

  const found = await run('find_ticket', { order: 'HB-1042' })
  expect(PAGE).toContain(found)
  expect(backend.asked[0]).toMatchObject({
    url: '/api/orders/HB-1042/tickets?limit=5',
    headers: { authorization: 'Bearer s3cret' },
  })
  const refused = await run('open_ticket', { order: 'HB-1042', summary: 'It "slips".', name: 'Ann' })
  expect(JSON.parse(refused ?? '')).toMatchObject({ tool: 'open_ticket', data: { message: 'Too late.' } })
  expect(JSON.parse(backend.asked[1]?.body ?? '')).toEqual({
    order: 'HB-1042',
    summary: 'By telephone: It "slips".',
    reporter: { name: 'Ann', phone: '+15550123' },
    visits: 0,
    source: { call: 'call_1', agent: 'harbour-bikes' },
  })
})

it('lists every built-in tool, and every status that the log knows', () => {
  const rows = (title: string) => {
    const section = PAGE.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
    return [...section.matchAll(/^\| `(\w[\w-]*)` \|/gm)].map((match) => match[1])
  }
  expect(rows('Built-in tools').toSorted()).toEqual([...BUILT_IN_TOOLS].toSorted())
  const finished = EventBody.options.find((option) => option.shape.type.value === 'tool-finished')
  const statuses = finished !== undefined && 'status' in finished.shape ? finished.shape.status : undefined
  expect(rows('In the log').toSorted()).toEqual(
    [...(statuses !== undefined && 'options' in statuses ? statuses.options : [])].toSorted(),
  )
})
