import { expect, it } from 'vitest'
import {
  brokenEnding,
  closeEnding,
  describe as describeError,
  isAboutTranscription,
  networkEnding,
  refusalOf,
  sortError,
  statusEnding,
} from '../../../src/providers/openai/errors.ts'

it.each([
  [{ code: 'conversation_already_has_active_response' }, { type: 'busy' }],
  [{ code: 'conversation_already_has_active_response', event_id: 'create:3' }, { type: 'busy' }],
  [{ code: 'response_cancel_not_active' }, { type: 'benign' }],
  [{ code: 'invalid_value', event_id: 'truncate:9' }, { type: 'benign' }],
  [{ code: 'invalid_value', param: 'audio_end_ms' }, { type: 'benign' }],
  [{ code: 'invalid_value', event_id: 'create:9' }, { type: 'no-response' }],
  [{ code: null, type: 'server_error', event_id: 'create:9' }, { type: 'no-response' }],
  [{ code: 'invalid_value', event_id: 'tell:9' }, { type: 'trouble' }],
  [{ code: 'invalid_value', event_id: 'somebody-else:9' }, { type: 'trouble' }],
  [{ code: 'item_not_found', event_id: 'truncate:9' }, { type: 'trouble' }],
  [{}, { type: 'trouble' }],
])('sorts an error of a running session: %j', (error, verdict) => {
  expect(sortError(error)).toEqual(verdict)
})

it.each(['invalid_api_key', 'insufficient_quota', 'model_not_found'])('ends a session for good: %s', (code) => {
  const ending = { code: 'PROVIDER_REFUSED', detail: `${code} (create)`, retry: false }
  expect(sortError({ code, event_id: 'create:1' })).toEqual({ type: 'over', ending })
})

it('ends a session for good by the type of an error without a code', () => {
  expect(sortError({ type: 'authentication_error' })).toMatchObject({ type: 'over', ending: { retry: false } })
})

it('ends an expired session so that another one is opened', () => {
  const ending = { code: 'PROVIDER_CLOSED', detail: 'session_expired', retry: true }
  expect(sortError({ type: 'invalid_request_error', code: 'session_expired' })).toEqual({ type: 'over', ending })
})

it.each([1001, 1005, 1006, 1011, 1012, 1013])('reconnects after close code %i', (code) => {
  expect(closeEnding(code, '', true)).toEqual({ code: 'PROVIDER_CLOSED', detail: `close code ${code}`, retry: true })
  expect(closeEnding(code, '', false)).toMatchObject({ code: 'PROVIDER_UNREACHABLE', retry: true })
})

it.each([1000, 1002, 1003, 1007, 1008, 1009, 1010, 1015, 3000, 4001])('does not after close code %i', (code) => {
  const detail = `close code ${code}, so it is`
  expect(closeEnding(code, 'so it\nis', true)).toEqual({ code: 'PROVIDER_CLOSED', detail, retry: false })
  expect(closeEnding(code, '', false)).toMatchObject({ code: 'PROVIDER_REFUSED', retry: false })
})

it.each([408, 429, 500, 502, 503, 504])('tries again after status %i', (status) => {
  expect(statusEnding(status, '')).toEqual({ code: 'PROVIDER_UNREACHABLE', detail: `status ${status}`, retry: true })
})

it.each([301, 400, 401, 403, 404])('does not after status %i, and names the error code alone', (status) => {
  const body =
    '{"error":{"message":"Incorrect API key: sk-secret","type":"invalid_request_error","code":"invalid_api_key"}}'
  const detail = `status ${status}, invalid_api_key`
  expect(statusEnding(status, body)).toEqual({ code: 'PROVIDER_REFUSED', detail, retry: false })
})

it('does not try again when the status would pass but the account will not', () => {
  const body = '{ "error": { "type" : "insufficient_quota", "code" : "insufficient_quota" } }'
  expect(statusEnding(429, body)).toMatchObject({ code: 'PROVIDER_REFUSED', retry: false })
})

it.each([
  ['ECONNREFUSED', true],
  ['ECONNRESET', true],
  ['CERT_HAS_EXPIRED', false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', false],
])('tries the network again after %s: %s', (code, retry) => {
  expect(networkEnding(Object.assign(new Error('x'), { code }))).toMatchObject({ detail: code, retry })
})

it('tries again after a handshake that took too long, not after one that was no handshake', () => {
  expect(networkEnding(new Error('Opening handshake has timed out')).retry).toBe(true)
  expect(networkEnding(new Error('Invalid Sec-WebSocket-Accept header')).retry).toBe(false)
})

it('reconnects after the network broke an open socket, not after the other side broke the protocol', () => {
  expect(brokenEnding(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toMatchObject({ retry: true })
  expect(brokenEnding(Object.assign(new Error('x'), { code: 'WS_ERR_INVALID_OPCODE' }))).toEqual({
    code: 'PROVIDER_CLOSED',
    detail: 'WS_ERR_INVALID_OPCODE',
    retry: false,
  })
})

it.each([
  [{ type: 'server_error', message: 'Try later.' }, true],
  [{ code: 'rate_limit_exceeded' }, true],
  [{ code: 'session_limit_reached' }, true],
  [{ type: 'invalid_request_error', code: 'invalid_value' }, false],
  [{ type: 'invalid_request_error', code: 'model_not_found' }, false],
  [{ code: 'model_load_error' }, false],
  [{ type: 'server_error', code: 'insufficient_quota' }, false],
])('sorts an error before the session runs: %j', (error, retry) => {
  const code = retry ? 'PROVIDER_UNREACHABLE' : 'PROVIDER_REFUSED'
  expect(refusalOf(error)).toMatchObject({ code, retry })
})

it("quotes the server's sentence before the call has begun, on one line and without keys", () => {
  const error = {
    code: 'invalid_api_key',
    message: 'Incorrect API key\nprovided: sk-proj-abc***xyz. Find yours at the site.',
  }
  expect(refusalOf(error).detail).toBe('invalid_api_key: Incorrect API key provided: (key) Find yours at the site.')
})

it('describes an error by its code, field and cause, never by its sentence', () => {
  const error = {
    type: 'invalid_request_error',
    code: 'invalid_value',
    param: 'response.tool_choice',
    message: 'the caller said +15550100',
    event_id: 'create:4',
  }
  expect(describeError(error)).toBe('invalid_value in response.tool_choice (create)')
  expect(describeError({ code: null, type: 'server_error' })).toBe('server_error')
  expect(describeError({ code: 'two words', param: '+1 555' })).toBe('unnamed error')
})

it.each([
  [{ code: 'invalid_value', param: 'session.audio.input.transcription.model' }, true],
  [{ message: 'Input transcription is not available for your project' }, true],
  [{ code: 'invalid_value', param: 'session.audio.output.voice' }, false],
])('knows an error about the transcription: %j %s', (error, about) => {
  expect(isAboutTranscription(error)).toBe(about)
})
