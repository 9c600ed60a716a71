import { expect, it } from 'vitest'
import { callerNumber } from '../../../src/carriers/twilio/withheld.ts'

it.each([
  '',
  'anonymous',
  'Anonymous',
  'RESTRICTED',
  'unknown',
  '+266696687',
  '+7378742833',
  '+2562533',
  '+8656696',
  '+86282452253',
])('takes %j for no number', (from) => {
  expect(callerNumber(from)).toBe('anonymous')
})

it.each(['+15550123', '+2666966871', 'sip:anonymous-desk@example.com', 'client:anna'])('leaves %s as it is', (from) => {
  expect(callerNumber(from)).toBe(from)
})
