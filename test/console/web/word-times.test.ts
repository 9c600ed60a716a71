import fc from 'fast-check'
import { expect, it } from 'vitest'
import { timeWords, wordAt } from '../../../src/console/web/call/word-times.ts'

it('spreads words over the audio by their length, and gives the end of a sentence its pause', () => {
  // In letters and pauses: 3 + 1, 4 + 4, 3 + 1, 3 + 1 of 20.
  expect(timeWords('one two. six ten', 1000, 3000)).toEqual([
    { text: 'one', fromMs: 1000, toMs: 1400 },
    { text: 'two.', fromMs: 1400, toMs: 2200 },
    { text: 'six', fromMs: 2200, toMs: 2600 },
    { text: 'ten', fromMs: 2600, toMs: 3000 },
  ])
})

it('lights one word at every moment of a turn and none outside it', () => {
  const words = timeWords('Harbour Bikes, how can I help?', 500, 2500)
  expect([0, 499, 500, 2499, 2500, 9000].map((at) => wordAt(words, at))).toEqual([-1, -1, 0, 5, -1, -1])
  expect(words.map(({ fromMs }) => wordAt(words, fromMs))).toEqual([0, 1, 2, 3, 4, 5])
})

it('has no words for a turn without any, and no length where nothing sounded', () => {
  expect(timeWords('  ', 0, 1000)).toEqual([])
  expect(timeWords('ah', 700, 700)).toEqual([{ text: 'ah', fromMs: 700, toMs: 700 }])
})

it('leaves no gap between words and stays inside the turn', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^\S{1,12}$/), { minLength: 1 }),
      fc.nat(60_000),
      fc.nat(60_000),
      (texts, from, length) => {
        const words = timeWords(texts.join(' '), from, from + length)
        expect(words[0]!.fromMs).toBe(from)
        expect(words.at(-1)!.toMs).toBeCloseTo(from + length, 6)
        for (const [at, word] of words.entries()) if (at > 0) expect(word.fromMs).toBe(words[at - 1]!.toMs)
      },
    ),
  )
})
