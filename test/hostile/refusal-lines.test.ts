import { expect, it } from 'vitest'
import { ABUSE_KINDS, type AbuseKind, abuse } from '../../src/twin/carrier/abuse.ts'
import { AUTH_TOKEN, Place } from '../process/place.ts'

const UNPROVEN = 'token unknown, used, out of date or of another call'
const UNREADABLE = 'unreadable message before start'

/** Why each kind is refused, as the log says it. */
const WHY: Readonly<Record<AbuseKind, string>> = {
  unsigned: 'no signature',
  'altered-signature': 'wrong signature',
  'empty-signature': 'wrong signature',
  'empty-token-signature': 'wrong signature',
  'signature-of-http-url': 'wrong signature',
  'signature-of-other-path': 'wrong signature',
  'signature-forty-kilobytes': 'HPE_HEADER_OVERFLOW',
  'plain-get': 'not an upgrade',
  'wrong-websocket-version': 'Missing or invalid Sec-WebSocket-Version header',
  'abandoned-upgrade': 'HPE_INVALID_EOF_STATE',
  silent: 'no start in time',
  'connected-only': 'no start in time',
  'media-before-start': 'media before start',
  'unknown-call': UNPROVEN,
  'no-token': 'no token',
  'wrong-encoding': 'not audio/x-mulaw 8000/1',
  'start-without-fields': UNREADABLE,
  'start-of-wrong-types': UNREADABLE,
  'two-starts': UNPROVEN,
  'prototype-parameters': UNREADABLE,
  'not-json': UNREADABLE,
  'deep-json': UNREADABLE,
  binary: 'binary message',
  oversize: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'announced-terabyte': 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'fragment-flood': 'WS_ERR_TOO_MANY_BUFFERED_PARTS',
  'empty-fragments': 'WS_ERR_TOO_MANY_BUFFERED_PARTS',
  'ping-flood': 'a flood of pings',
  unmasked: 'WS_ERR_EXPECTED_MASK',
  'reserved-opcode': 'WS_ERR_INVALID_OPCODE',
  'fragmented-ping': 'WS_ERR_EXPECTED_FIN',
  'invalid-utf8': 'WS_ERR_INVALID_UTF8',
  'continuation-of-nothing': 'WS_ERR_INVALID_OPCODE',
  'close-code-of-nobody': 'WS_ERR_INVALID_CLOSE_CODE',
  'cut-after-start': UNPROVEN,
}

const SLOW: readonly AbuseKind[] = ['silent', 'connected-only']
const WARN = 40

it('every kind of refusal has one line in the log that says why, with no secret and no number in it', async () => {
  await using place = await Place.open({ serve: 'counting' })
  const { server, mediaUrl } = place
  const linesAtStart = server.log.length
  const said: [AbuseKind, unknown[]][] = []
  // Those that the server waits for wait side by side.
  const groups = [...ABUSE_KINDS.filter((kind) => !SLOW.includes(kind)).map((kind) => [kind]), SLOW]
  for (const kinds of groups) {
    const before = server.log.length
    const results = await abuse({ url: mediaUrl, authToken: AUTH_TOKEN, connections: kinds.length, kinds })
    expect(results.map(({ kind, tolerated }) => [kind, tolerated])).toEqual(kinds.map((kind) => [kind, false]))
    await server.until(() => server.log.length >= before + kinds.length, `a line about ${kinds.join()}`)
    const lines = server.log.slice(before).map(({ level, why }) => (level === WARN ? why : { level, why }))
    said.push(...kinds.map((kind): [AbuseKind, unknown[]] => [kind, lines]))
  }
  // A line too many would stand in the place of the next one, or here.
  await place.idle()
  expect(server.log).toHaveLength(ABUSE_KINDS.length + linesAtStart)
  const expected = groups.flatMap((kinds) => kinds.map((kind) => [kind, kinds.map((each) => WHY[each])]))
  expect(said).toEqual(expected)
  expect(server.stdout).not.toContain(AUTH_TOKEN)
  // Neither in E.164 nor in the digits that a CallSid or a time might be taken for.
  expect(server.stdout.replace(/"(callSid|time)":("\w+"|\d+)/g, '')).not.toMatch(/\+?\d{7,}/)
})
