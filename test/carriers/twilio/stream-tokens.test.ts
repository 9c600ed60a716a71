import { expect, it } from 'vitest'
import { MAX_TOKENS, StreamTokens, TOKEN_LIFETIME_MS } from '../../../src/carriers/twilio/stream-tokens.ts'

function countingTokens(): StreamTokens {
  let next = 0
  return new StreamTokens(() => `t${next++}`)
}

it('lets a token through once, for its own call', () => {
  const tokens = countingTokens()
  const token = tokens.issue('CA1', 'call-1', 0)
  expect(tokens.take(token, 'CA2', 1)).toBeNull()
  expect(tokens.take(token, 'CA1', 1)).toBe('call-1')
  expect(tokens.take(token, 'CA1', 1)).toBeNull()
  expect(tokens.take('t9', 'CA1', 1)).toBeNull()
  expect(tokens.size).toBe(0)
})

it('gives every answer of a call its own token', () => {
  const tokens = countingTokens()
  const first = tokens.issue('CA1', 'call-1', 0)
  const second = tokens.issue('CA1', 'call-1', 0)
  expect(second).not.toBe(first)
  expect(tokens.take(second, 'CA1', 0)).toBe('call-1')
  expect(tokens.take(first, 'CA1', 0)).toBe('call-1')
})

it('forgets a token when its time is over, and with it everything that is out of date', () => {
  const tokens = countingTokens()
  const old = tokens.issue('CA1', 'call-1', 0)
  const young = tokens.issue('CA2', 'call-2', 10)
  expect(tokens.take(old, 'CA1', TOKEN_LIFETIME_MS)).toBeNull()
  expect(tokens.size).toBe(1)
  expect(tokens.take(young, 'CA2', TOKEN_LIFETIME_MS)).toBe('call-2')
})

it('forgets the tokens of a call that is over', () => {
  const tokens = countingTokens()
  tokens.issue('CA1', 'call-1', 0)
  tokens.issue('CA1', 'call-1', 0)
  const other = tokens.issue('CA2', 'call-2', 0)
  tokens.forget('CA1')
  expect(tokens.size).toBe(1)
  expect(tokens.take(other, 'CA2', 0)).toBe('call-2')
})

it('keeps no more than it may, the oldest going first', () => {
  const tokens = countingTokens()
  const first = tokens.issue('CA', 'call', 0)
  const second = tokens.issue('CA', 'call', 0)
  for (let i = 0; i < MAX_TOKENS - 1; i++) tokens.issue('CA', 'call', 0)
  expect(tokens.size).toBe(MAX_TOKENS)
  expect(tokens.take(first, 'CA', 0)).toBeNull()
  expect(tokens.take(second, 'CA', 0)).toBe('call')
})
