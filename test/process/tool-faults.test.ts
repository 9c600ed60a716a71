import { expect, it } from 'vitest'
import { toolAnswer } from '../hostile/plain-call.ts'
import { Place, steadyAgent } from './place.ts'
import { get } from './server-child.ts'

/** In every message that is thrown, and in no line of the log. */
const WORDS = 'Mrs Swordfish of +15550199'

function tool(name: string, handler: string): string {
  return `
import { defineTool } from 'earshot'
import { z } from 'zod'
export default defineTool({
  name: '${name}',
  description: 'Goes wrong.',
  parameters: z.object({}),
  timeoutMs: 700,
  handler: ${handler},
})
`
}

const HANDLERS = {
  waits_for_ever: '() => new Promise(() => {})',
  throws_later: `() => { setTimeout(() => { throw new RangeError('${WORDS}') }, 1); return 'began' }`,
  rejects_unseen: `() => { void Promise.reject(new TypeError('${WORDS}')); return 'began' }`,
  rejects_with_a_word: `() => { void Promise.reject('${WORDS}'); return 'began' }`,
  throws: `() => { throw new SyntaxError('${WORDS}') }`,
}
type Name = keyof typeof HANDLERS

it('a tool that waits for ever, throws when it has returned, or rejects unseen, is noticed by its own call alone', async () => {
  const names = Object.keys(HANDLERS) as Name[]
  const files = Object.entries(HANDLERS).map(([name, handler]) => [`config/tools/${name}.ts`, tool(name, handler)])
  await using place = await Place.open({
    files: { 'config/agents/steady.yaml': steadyAgent(names), ...Object.fromEntries(files) },
  })
  const { model, server } = place
  const steady = await place.steady()
  const acting = await place.plain()
  const answerOf = (name: Name) => toolAnswer(model, acting.session, { callId: `call_${name}`, name, args: {} })
  const unknown = /it is not known whether it acted\. Tell the caller/
  expect(await answerOf('waits_for_ever')).toMatch(unknown)
  expect(await answerOf('throws_later')).toBe('began')
  expect(await answerOf('rejects_unseen')).toBe('began')
  expect(await answerOf('rejects_with_a_word')).toBe('began')
  expect(await answerOf('throws')).toMatch(unknown)

  const faults = () => server.log.filter(({ msg }) => msg === 'a fault outside of any call: the server goes on')
  await server.until(() => faults().length === 3, 'a line about each of the three faults')
  const byTool = (name: Name) => expect.stringMatching(new RegExp(`^ {4}at .*${name}\\.ts`))
  expect(faults()).toEqual([
    expect.objectContaining({
      level: 50,
      origin: 'uncaughtException',
      error: 'RangeError',
      stack: byTool('throws_later'),
    }),
    expect.objectContaining({
      level: 50,
      origin: 'unhandledRejection',
      error: 'TypeError',
      stack: byTool('rejects_unseen'),
    }),
    expect.objectContaining({ level: 50, origin: 'unhandledRejection' }),
  ])
  expect(server.stdout + server.stderr).not.toMatch(/Swordfish|5550199/)
  expect((await get(`${server.url}/readyz`)).status).toBe(200)

  // The call that had it all goes on, as do others, and as does the server.
  expect([acting.session.closed, acting.call.errors]).toEqual([null, []])
  await acting.call.hangUp()
  await steady.finish()
  await (await place.steady()).finish()
  server.signal('SIGTERM')
  expect(await server.exited).toEqual({ code: 0, signal: null })
})
