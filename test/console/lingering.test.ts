/** Streams that stay open: who may no longer read is cut off, who reads too slowly as well. */
import { EventEmitter, once } from 'node:events'
import { expect, it } from 'vitest'
import { SentEvents } from '../../src/console/http/event-stream.ts'
import { Lingering } from '../../src/console/http/lingering.ts'
import { startConsole } from './console-server.ts'

it('ends, at the next beat, what was opened by somebody who may no longer read; when nobody can say, it goes on', async () => {
  const lingering = new Lingering()
  const told: string[] = []
  const add = (name: string, stillMay: () => Promise<boolean>) => {
    const until = new EventEmitter()
    lingering.add(
      stillMay,
      () => told.push(`${name} ended`) && until.emit('close'),
      until,
      () => told.push(`${name} beaten`),
    )
  }
  let revoked = false
  add('mona', async () => !revoked)
  add('vera', async () => true)
  add('ada', async () => Promise.reject(new Error('the database is away')))
  await lingering.beat()
  revoked = true
  await lingering.beat()
  expect(told.slice(0, 3).toSorted()).toEqual(['ada beaten', 'mona beaten', 'vera beaten'])
  expect(told.slice(3).toSorted()).toEqual(['ada beaten', 'mona ended', 'vera beaten'])
  expect(lingering.size).toBe(2)
  lingering.close()
  expect(lingering.size).toBe(0)
})

it('cuts a reader who is a megabyte behind, and keeps nothing for them', async () => {
  const stream = new SentEvents<string>((message) => JSON.stringify(message))
  const closed = once(stream.body, 'close')
  for (let i = 0; i < 2000 && !stream.body.destroyed; i++) stream.send('x'.repeat(1000))
  await closed
  expect(stream.body.destroyed).toBe(true)
  stream.send('nobody hears this')
  stream.end()
})

it('does not keep a server from closing', async () => {
  const server = await startConsole({ handlers: { watchCalls: async () => () => () => {} } })
  const response = await server.ask('viewer', '/live')
  const reading = response.text()
  await server[Symbol.asyncDispose]()
  expect(await reading).toBe('retry: 2000\n\n')
})
