import fc from 'fast-check'
import { expect, it } from 'vitest'
import { maskNumber } from '../../src/console/mask.ts'

it('keeps the country and the last two digits of a number, and not its length', () => {
  const shown = ['+15550123', '+4915112345678', '+35312345678', '+390612345678', '+79161234567', '+998901234567'].map(
    maskNumber,
  )
  expect(shown).toEqual(['+1•••23', '+49•••78', '+353•••78', '+39•••78', '+7•••67', '+998•••67'])
})

it('knows no country without a plus, and keeps nothing of short numbers and of addresses', () => {
  expect(
    ['05550123456', '112', '+123456', 'sip:ann7@example.com', '+15550123@carrier.example'].map(maskNumber),
  ).toEqual(['•••56', '•••', '•••', '•••', '•••'])
})

it('leaves words that stand for a number alone, and what is masked already', () => {
  expect(['', 'anonymous', 'unknown', '+49•••78', '•••56', '•••'].map(maskNumber)).toEqual([
    '',
    'anonymous',
    'unknown',
    '+49•••78',
    '•••56',
    '•••',
  ])
})

it('shows five digits at most, whatever it is given', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[+ ().•\d-]{0,24}$/), (number) => {
      const digits = maskNumber(number).replace(/\D/g, '')
      expect(digits.length).toBeLessThanOrEqual(5)
      expect(maskNumber(maskNumber(number))).toBe(maskNumber(number))
    }),
  )
})
