import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { ABUSE_KINDS, abuse } from '../../../src/twin/carrier/abuse.ts'
import { AUTH_TOKEN, TinyServer } from './tiny-server.ts'

let server: TinyServer

beforeEach(async () => {
  server = await TinyServer.listen()
})
afterEach(() => server[Symbol.asyncDispose]())

/** What a right server does: one start, with a token it gave out, within a time; this one gave out none. */
function guard(): void {
  server.onStream = ({ socket }) => {
    const silent = setTimeout(() => socket.close(1008, 'no start'), 200)
    socket.on('close', () => clearTimeout(silent))
    socket.on('message', (data) => {
      if (String(data).includes('"connected"')) return
      socket.close(1008, 'not a stream of ours')
    })
  }
}

it('is refused in every way by a server that guards its door, and tells how', async () => {
  guard()
  const results = await abuse({ url: server.mediaUrl, authToken: AUTH_TOKEN, connections: 2 * ABUSE_KINDS.length })
  expect(results).toHaveLength(2 * ABUSE_KINDS.length)
  expect(results.filter(({ tolerated }) => tolerated)).toEqual([])
  const outcome = new Map(results.map(({ kind, httpStatus, closeCode }) => [kind, `${httpStatus} ${closeCode}`]))
  for (const { kind, expected } of results) {
    if (expected === 'after') expect([kind, outcome.get(kind)]).toEqual([kind, expect.stringMatching(/^101/)])
    else expect([kind, outcome.get(kind)]).toEqual([kind, expect.not.stringMatching(/^101/)])
  }
  expect(Object.fromEntries(outcome)).toMatchObject({
    unsigned: '403 null',
    'altered-signature': '403 null',
    'empty-token-signature': '403 null',
    'signature-of-http-url': '403 null',
    'signature-of-other-path': '403 null',
    'plain-get': '404 null',
    'wrong-websocket-version': '400 null',
    'abandoned-upgrade': 'null null',
    silent: '101 1008',
    'connected-only': '101 1008',
    'unknown-call': '101 1008',
    'not-json': '101 1008',
    oversize: '101 1009',
    'announced-terabyte': '101 1009',
    unmasked: '101 1002',
    'reserved-opcode': '101 1002',
    'fragmented-ping': '101 1002',
    'invalid-utf8': '101 1007',
    'continuation-of-nothing': '101 1002',
    'close-code-of-nobody': '101 1002',
    'cut-after-start': '101 null',
  })
})

it('tells of a server that tolerates it', async () => {
  const http = createServer()
  const open = new WebSocketServer({ server: http })
  open.on('connection', (socket) => socket.on('error', () => {}))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/media`
  const kinds = ['unsigned', 'silent', 'not-json'] as const
  const results = await abuse({ url, authToken: AUTH_TOKEN, connections: 3, kinds, patienceMs: 100 })
  expect(results.map(({ kind, tolerated }) => [kind, tolerated])).toEqual(kinds.map((kind) => [kind, true]))
  open.close()
  http.close()
  await once(http, 'close')
})

it('never has more connections than it may, and leaves none behind', async () => {
  guard()
  const connections = 200
  const results = await abuse({
    url: server.mediaUrl,
    authToken: AUTH_TOKEN,
    connections,
    concurrency: 5,
    kinds: ['unknown-call', 'unsigned', 'binary', 'oversize'],
  })
  expect(results.map(({ tolerated }) => tolerated)).toEqual(Array(connections).fill(false))
  expect(server.upgrades).toHaveLength(connections)
  // The server is still there.
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
})
