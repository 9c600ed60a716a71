import { expect, it } from 'vitest'
import { z } from 'zod'
import type { AgentFile } from '../../src/agents/agent.ts'
import { sendSms } from '../../src/tools/builtin/send-sms.ts'
import { HttpToolDefinition } from '../../src/tools/http/definition.ts'
import { toolsFor, unusableTools } from '../../src/tools/registry.ts'
import { defineTool } from '../../src/tools/tool.ts'
import { toolContext } from './tool-context.ts'
import { toolSources } from './tool-sources.ts'

const destinations: AgentFile['destinations'] = {
  workshop: { phone: '+15550111', description: 'repairs' },
  office: { phone: '+15550112' },
}
const lookUp = defineTool({ name: 'look_up', description: 'Looks.', parameters: z.object({}), handler: () => 'Found.' })
const configured = new Map([['look_up', lookUp]])

async function run(name: string, args: string) {
  const tools = toolsFor({ tools: ['end_call', 'transfer_call'], destinations }, configured, toolSources())
  return tools.get(name)?.run(args, toolContext().context)
}

it('gives an agent the tools it names, in its order, and no others', () => {
  expect([...toolsFor({ tools: ['end_call', 'look_up'], destinations }, configured, toolSources()).keys()]).toEqual([
    'end_call',
    'look_up',
  ])
  expect([
    ...toolsFor({ tools: ['transfer_call', 'nothing'], destinations: {} }, configured, toolSources()).keys(),
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
  const transfer = toolsFor({ tools: ['transfer_call'], destinations }, configured, toolSources()).get('transfer_call')
  expect(transfer?.description).toContain('Destinations: workshop (repairs); office.')
  expect(transfer?.parameters).toMatchObject({ properties: { destination: { enum: ['workshop', 'office'] } } })
  expect(JSON.stringify(transfer)).not.toContain('5550')
})

it('makes a tool of a request that an agent’s file describes, once for all calls of that agent', () => {
  const http = HttpToolDefinition.parse({ name: 'find', description: 'Finds.', url: 'https://desk.example/' })
  const sources = toolSources()
  const tools = () => toolsFor({ tools: [{ http }, 'end_call'], destinations: {} }, configured, sources)
  expect([...tools().keys()]).toEqual(['find', 'end_call'])
  expect(tools().get('find')).toBe(tools().get('find'))
})

it('notes what the agent wants people to know, in the call’s own record', async () => {
  const note = toolsFor({ tools: ['note'], destinations: {} }, configured, toolSources()).get('note')
  expect(note?.reach).toBe('call')
  expect(await note?.run('{"text":" wants a call back "}', toolContext().context)).toMatchObject({
    status: 'done',
    output: 'Noted.',
    effect: { type: 'note', text: 'wants a call back' },
  })
  expect(note?.fault('{"text":"  "}')).toContain('text: Too small')
})

it('has send_sms only where there is an account, and says so of an agent that names it', () => {
  const agent = { tools: ['send_sms'], destinations: {} }
  expect([...toolsFor(agent, configured, toolSources()).keys()]).toEqual([])
  const sms = sendSms({ accountSid: 'AC1', authToken: 't' }, toolSources().outgoing)
  expect([...toolsFor(agent, configured, toolSources({ sendSms: sms })).keys()]).toEqual(['send_sms'])
  expect(unusableTools({ TWILIO_AUTH_TOKEN: 't' })).toEqual({
    send_sms: 'send_sms needs TWILIO_ACCOUNT_SID in the environment',
  })
  expect(unusableTools({ TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 't' })).toEqual({})
})
