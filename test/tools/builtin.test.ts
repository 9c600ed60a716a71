import { expect, it } from 'vitest'
import { z } from 'zod'
import type { AgentFile } from '../../src/agents/agent.ts'
import { HttpToolDefinition } from '../../src/tools/http/definition.ts'
import { toolsFor } from '../../src/tools/registry.ts'
import { defineTool } from '../../src/tools/tool.ts'
import { httpSources } from './http-sources.ts'
import { toolContext } from './tool-context.ts'

const destinations: AgentFile['destinations'] = {
  workshop: { phone: '+15550111', description: 'repairs' },
  office: { phone: '+15550112' },
}
const lookUp = defineTool({ name: 'look_up', description: 'Looks.', parameters: z.object({}), handler: () => 'Found.' })
const configured = new Map([['look_up', lookUp]])

async function run(name: string, args: string) {
  const tools = toolsFor({ tools: ['end_call', 'transfer_call'], destinations }, configured, httpSources())
  return tools.get(name)?.run(args, toolContext().context)
}

it('gives an agent the tools it names, in its order, and no others', () => {
  expect([...toolsFor({ tools: ['end_call', 'look_up'], destinations }, configured, httpSources()).keys()]).toEqual([
    'end_call',
    'look_up',
  ])
  expect([
    ...toolsFor({ tools: ['transfer_call', 'nothing'], destinations: {} }, configured, httpSources()).keys(),
  ]).toEqual([])
})

it.each(['', '{}', '{"reason":"the caller said goodbye"}'])('ends the call when end_call is given %j', async (args) => {
  const outcome = await run('end_call', args)
  expect(outcome).toMatchObject({ status: 'done', effect: { type: 'end-call' } })
  expect(outcome?.output).toContain('If you have not said goodbye yet, do so now')
})

it('transfers to a destination by its name', async () => {
  expect(await run('transfer_call', '{"destination":"workshop"}')).toMatchObject({
    status: 'done',
    effect: { type: 'transfer', destination: 'workshop' },
  })
})

it.each(['{"destination":"+15550111"}', '{"destination":"Workshop!"}', '{"destination":"constructor"}', '{}'])(
  'transfers to nothing else: %s',
  async (args) => {
    const outcome = await run('transfer_call', args)
    expect(outcome).toMatchObject({ status: 'failed', effect: null })
    expect(outcome?.output).toContain('must be one of: workshop, office. A telephone number is not accepted')
  },
)

it('tells the model the names of the destinations and what they are, never their numbers', () => {
  const transfer = toolsFor({ tools: ['transfer_call'], destinations }, configured, httpSources()).get('transfer_call')
  expect(transfer?.description).toContain('Destinations: workshop (repairs); office.')
  expect(transfer?.parameters).toMatchObject({ properties: { destination: { enum: ['workshop', 'office'] } } })
  expect(JSON.stringify(transfer)).not.toContain('5550')
})

it('makes a tool of a request that an agent’s file describes, once for all calls of that agent', () => {
  const http = HttpToolDefinition.parse({ name: 'find', description: 'Finds.', url: 'https://desk.example/' })
  const sources = httpSources()
  const tools = () => toolsFor({ tools: [{ http }, 'end_call'], destinations: {} }, configured, sources)
  expect([...tools().keys()]).toEqual(['find', 'end_call'])
  expect(tools().get('find')).toBe(tools().get('find'))
})
