import { expect, it } from 'vitest'
import { chooseScript, parseScript, quotedSentence, reply, type Situation } from '../../../src/twin/model/script.ts'

const situation = (fields: Partial<Situation>): Situation => ({
  instructions: null,
  turn: null,
  results: [],
  silent: false,
  fresh: false,
  ...fields,
})
const hears = (words: string, number = 1) => situation({ turn: { number, words, heardMs: 2340 } })
const answered = (name: string, output: unknown) =>
  situation({ results: [{ name, output: typeof output === 'string' ? output : JSON.stringify(output) }] })

it.each([
  ['Greet the caller with "Harbour Bikes, how can I help?"', 'Harbour Bikes, how can I help?'],
  ['Say “Harbour Bikes” and nothing else.', 'Harbour Bikes'],
  ['In the language "en", say "One moment, please."', 'One moment, please.'],
  ['Say exactly: We close in five minutes.', 'We close in five minutes.'],
  ['Say exactly: "We close." Then stop.', 'We close.'],
  ['Say exactly:\nHe said "hi" to me.\n\nDo not call tools.', 'He said "hi" to me.'],
  [`Say ${JSON.stringify('He said "hi".')}`, 'He said "hi".'],
  ['Repeat numbers exactly: digit by digit.\n\nTime is up. Say exactly: "Goodbye."', 'Goodbye.'],
  ['Greet the caller.', null],
  ['', null],
])('finds in %j the sentence to be said: %j', (instructions, sentence) => {
  expect(quotedSentence(instructions)).toBe(sentence)
})

it('is chosen by the agent’s instructions, whatever the case; the built-in script is for all others', () => {
  const [bikes, boats] = ['Harbour Bikes', 'boats'].map((match) =>
    parseScript(`{ match: ${match}, greeting: ${match}! }`),
  )
  const scripts = [bikes!, boats!]
  expect(chooseScript(scripts, 'You answer for HARBOUR BIKES and for boats.')).toBe(bikes)
  expect(chooseScript(scripts, 'We rent Boats.')).toBe(boats)
  expect(chooseScript(scripts, 'Trains.').greeting).toContain('stand-in')
  const everyone = parseScript('greeting: Anyone!')
  expect(chooseScript([bikes!, everyone], 'Trains.')).toBe(everyone)
})

it('says what instructions quote before anything else, and greets only when nothing was said', () => {
  const script = parseScript('{ greeting: Welcome!, rules: [{ when: { instructions: . }, say: a rule }] }')
  expect(reply(script, situation({ fresh: true, instructions: 'Say "Good day."' }))).toEqual({
    say: 'Good day.',
    calls: [],
  })
  expect(reply(script, situation({ fresh: true })).say).toBe('Welcome!')
  expect(reply(script, situation({ fresh: true, instructions: 'Greet.' })).say).toBe('a rule')
  expect(reply(script, situation({})).say).not.toBe('Welcome!')
})

it('tries rules in order; every condition of a rule must hold', () => {
  const script = parseScript(`
rules:
  - { when: { hears: 'order', turn: 2 }, say: second turn }
  - { when: { hears: 'order (\\d+)' }, say: 'order {{1}}, you said {{words}}' }
  - { when: { turn: 3 }, say: third turn }
  - { when: { toolResult: look_up, result: 'error' }, say: it failed }
  - { when: { toolResult: look_up }, say: 'it is {{result.status}} in {{result.place.city}}, {{result.list}}' }
  - { when: { wrapUp: true }, say: time is up }
  - { when: { instructions: 'apologi[sz]e for (\\w+)' }, say: 'sorry for {{1}}' }
otherwise: nothing fits
`)
  expect(reply(script, hears('My ORDER 7', 2)).say).toBe('second turn')
  expect(reply(script, hears('My ORDER 7', 1)).say).toBe('order 7, you said My ORDER 7')
  expect(reply(script, hears('', 3)).say).toBe('third turn')
  expect(reply(script, hears('hello', 4)).say).toBe('nothing fits')
  expect(reply(script, answered('look_up', 'error: no such order')).say).toBe('it failed')
  expect(reply(script, answered('look_up', { status: 'sent', place: { city: 'Bergen' }, list: [1] })).say).toBe(
    'it is sent in Bergen, [1]',
  )
  expect(reply(script, situation({ instructions: 'Wrap up: the call must end now.' })).say).toBe('time is up')
  expect(reply(script, situation({ instructions: 'Please apologise for delays.' })).say).toBe('sorry for delays')
})

it('calls with arguments from the groups of a pattern, or leaves them to the tool’s schema', () => {
  const script = parseScript(`
rules:
  - when: { hears: 'move (?:it )?(\\w+) to (\\w+)' }
    say: Moving.
    call: [{ name: move, arguments: { what: '{{1}}', to: ['{{2}}'], count: 2 } }, { name: notify }]
`)
  expect(reply(script, hears('Please move it boxes to Oslo'))).toEqual({
    say: 'Moving.',
    calls: [
      { name: 'move', arguments: { what: 'boxes', to: ['Oslo'], count: 2 } },
      { name: 'notify', arguments: null },
    ],
  })
})

it('answers something sensible when no rule fits', () => {
  const script = chooseScript([], 'anything')
  expect(reply(script, hears('')).say).toBe('I am a stand-in model; I heard 2.3 seconds of speech.')
  expect(reply(script, hears('What time is it?')).say).toBe('I am a stand-in model. I heard you say: What time is it?')
  expect(reply(script, answered('clock', { utc_time: '12:00', zone: null, nested: {}, open: true })).say).toBe(
    'Here is what I found: utc time is 12:00, open is true.',
  )
  expect(reply(script, answered('clock', 'noon')).say).toBe('clock says: noon')
  expect(reply(script, answered('clock', {})).say).toBe('clock has answered.')
  expect(reply(script, situation({ silent: true })).say).toBe('Are you still there?')
})

it('hangs up by the built-in script when the caller says goodbye, and says so once', () => {
  const script = chooseScript([], 'anything')
  for (const words of ['Okay, bye!', 'Goodbye.', 'please hang up']) {
    expect(reply(script, hears(words))).toEqual({
      say: 'Thank you for calling. Goodbye.',
      calls: [{ name: 'end_call', arguments: null }],
    })
  }
  expect(reply(script, hears('A bygone byte')).calls).toEqual([])
  expect(reply(script, answered('end_call', 'ok'))).toEqual({ say: '', calls: [] })
  expect(reply(script, situation({ instructions: 'Say goodbye, time is up.' })).say).toContain('Goodbye')
})

it.each([
  ['a rule without a condition', '{ rules: [{ when: {}, say: a }] }'],
  ['a misspelt condition', '{ rules: [{ when: { heard: a }, say: a }] }'],
  ['a pattern that is none', "{ rules: [{ when: { hears: '(' }, say: a }] }"],
  ['an unknown voice', '{ voice: hal }'],
  ['a misspelt key', '{ greetings: hi }'],
])('refuses %s', (_, yaml) => {
  expect(() => parseScript(yaml)).toThrow()
})
