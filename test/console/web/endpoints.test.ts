/** The console's client asks what the contract says. */
import { expect, it } from 'vitest'
import { API } from '../../../src/console/contract/api.ts'
import { addressOf, queryString } from '../../../src/console/web/api/address.ts'
import { ENDPOINTS } from '../../../src/console/web/api/endpoints.ts'

it('names every endpoint of the contract, with its method and its path', () => {
  const said = Object.fromEntries(Object.entries(API).map(([name, { method, path }]) => [name, `${method} ${path}`]))
  expect(ENDPOINTS).toEqual(said)
})

it('fills in parameters so that they stay one part of the path', () => {
  expect(addressOf('removeNote', { callId: 'a/b?c', noteId: '%2e#' })).toEqual({
    method: 'DELETE',
    url: '/api/v1/calls/a%2Fb%3Fc/notes/%252e%23',
  })
})

it('refuses to ask without a parameter', () => {
  expect(() => addressOf('openCall', {})).toThrow('openCall needs callId')
  expect(() => addressOf('openCall', { callId: '' })).toThrow('openCall needs callId')
})

it('writes lists key by key, and leaves out what is not set', () => {
  const query = { agents: ['a', 'b c'], text: undefined, from: 0, flags: [], after: null, to: '' }
  expect(queryString(query)).toBe('agents=a&agents=b+c&from=0')
})
