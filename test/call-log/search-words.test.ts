import fc from 'fast-check'
import { expect, it } from 'vitest'
import { callWords, cutHit, findLine, needlesOf, readSearch, wordsOf } from '../../src/call-log/search-words.ts'

it('takes words without case, accents and punctuation', () => {
  expect(wordsOf("Don't go, Zoë! Straße 12-34… ﬁne №5")).toEqual([
    'don',
    't',
    'go',
    'zoe',
    'strasse',
    '12',
    '34',
    'fine',
    '5',
  ])
  expect(wordsOf('自転車です')).toEqual(['自', '転', '車', 'て', 'す'])
  expect(wordsOf('İstanbul')).toEqual(['istanbul'])
  expect(wordsOf('?! …')).toEqual([])
})

it('reads what a person typed', () => {
  expect(readSearch('rusty "the chain" whe')).toEqual({
    phrases: [
      { words: ['rusty'], open: false },
      { words: ['the', 'chain'], open: false },
      { words: ['whe'], open: true },
    ],
  })
  expect(readSearch("don't")).toEqual({ phrases: [{ words: ['don', 't'], open: true }] })
  expect(readSearch('"unclosed quote')).toEqual({ phrases: [{ words: ['unclosed', 'quote'], open: false }] })
  expect(readSearch('?!')).toBeNull()
})

it('finds all words in one line only, and phrases in order', () => {
  const words = callWords(['The chain is rusty.', 'My order', 'is a chain'])
  const find = (text: string) => {
    const search = readSearch(text)
    return search === null ? null : findLine(words, needlesOf(search))
  }
  expect([
    find('rusty chain'),
    find('order'),
    find('chain a'),
    find('order chain'),
    find('"is chain"'),
    find('ord'),
  ]).toEqual([0, 1, 2, null, null, 1])
  expect(find('rust')).toBe(0)
  expect(find('rust chain')).toBeNull()
})

it('cuts what was found out of the words as they were said', () => {
  const search = readSearch('strasse 12')
  if (search === null) throw new Error('there are words in it')
  expect(cutHit('Ich wohne Große Straße 12-34, ja.', search)).toEqual({
    ...{ before: 'Ich wohne Große ', match: 'Straße', after: ' 12-34, ja.' },
  })
  const long = readSearch('needle')
  if (long === null) throw new Error('there are words in it')
  const hit = cutHit(`${'hay '.repeat(100)}Needle ${'hay '.repeat(100)}`, long)
  expect(hit?.match).toBe('Needle')
  expect(hit?.before).toMatch(/^…(hay )+$/)
  expect(hit?.before.length).toBeLessThan(70)
  expect(hit?.after).toMatch(/^( hay)+…$/)
})

it('finds every word of a line by itself, and by its beginning', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 5 }), (lines) => {
      const words = callWords(lines)
      for (const [i, line] of lines.entries()) {
        for (const word of wordsOf(line)) {
          const whole = { phrases: [{ words: [word], open: false }] }
          const at = findLine(words, needlesOf(whole))
          expect(at).not.toBeNull()
          expect(at).toBeLessThanOrEqual(i)
          expect(cutHit(line, whole)).not.toBeNull()
          expect(findLine(words, [` ${word.slice(0, 1)}`])).not.toBeNull()
        }
      }
    }),
    { numRuns: 200 },
  )
})
