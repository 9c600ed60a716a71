import { expect, it } from 'vitest'
import { CallClock } from '../../../src/twin/carrier/call-clock.ts'
import { Ear } from '../../../src/twin/carrier/ear.ts'
import { CallOver } from '../../../src/twin/carrier/events.ts'
import { Playout } from '../../../src/twin/carrier/playout.ts'
import { HandClock } from './hand-clock.ts'

function listen() {
  const hand = new HandClock()
  const heard: string[] = []
  const ear = new Ear(new CallClock(hand), {
    started: (atMs) => heard.push(`${atMs} started`),
    ended: (endMs, heardMs, cut) => heard.push(`${endMs} ended, ${heardMs} heard${cut ? ', cut' : ''}`),
  })
  const playout = new Playout(false)
  ear.attend(playout, 0)
  const play = (ms: number) => {
    playout.push(ms * 8, hand.now())
    ear.audioArrived(hand.now())
  }
  const clear = () => {
    playout.clear(hand.now())
    ear.cut(hand.now())
  }
  const note = (what: string, waiting: Promise<number>) =>
    waiting.then(
      (atMs) => heard.push(`${hand.now()} ${what} ${atMs}`),
      (error) => heard.push(`${what} ${error instanceof CallOver ? 'over' : error}`),
    )
  return { hand, ear, heard, play, clear, note }
}

it('hears one stretch across short pauses, and another after a long one', async () => {
  const { hand, heard, play } = listen()
  await hand.passTo(100)
  play(300)
  await hand.passTo(550)
  play(100)
  await hand.passTo(1000)
  play(50)
  await hand.passTo(2000)
  expect(heard).toEqual(['100 started', '650 ended, 400 heard', '1000 started', '1050 ended, 50 heard'])
})

it('fulfils waits at the very millisecond', async () => {
  const { hand, ear, heard, play, note } = listen()
  note('speech', ear.waitForSpeech())
  note('150 heard', ear.waitUntilHeard(150))
  note('silence', ear.waitForSilence(500))
  await hand.passTo(100)
  play(100)
  await hand.passTo(150)
  play(100)
  note('speech again', ear.waitForSpeech())
  await hand.passTo(2000)
  expect(heard).toEqual([
    '100 started',
    '100 speech 100',
    '150 speech again 100',
    '250 150 heard 250',
    '300 ended, 200 heard',
    '800 silence 800',
  ])
})

it('waits for a stretch that is long enough', async () => {
  const { hand, ear, heard, play, note } = listen()
  note('long', ear.waitUntilHeard(300))
  play(200)
  await hand.passTo(1000)
  play(400)
  await hand.passTo(1400)
  expect(heard).toEqual(['0 started', '200 ended, 200 heard', '1000 started', '1300 long 1300'])
})

it('is told at once of a clear, and how much was heard', async () => {
  const { hand, ear, heard, play, clear, note } = listen()
  play(1000)
  note('long', ear.waitUntilHeard(900))
  await hand.passTo(400)
  clear()
  note('silence', ear.waitForSilence(100))
  await hand.passTo(450)
  clear()
  await hand.passTo(600)
  expect(heard).toEqual(['0 started', '400 ended, 400 heard, cut', '500 silence 500'])
})

it('tells everybody who waits that the call is over', async () => {
  const { hand, ear, heard, play, note } = listen()
  play(1000)
  note('a', ear.waitForSilence(1))
  await hand.passTo(10)
  ear.end(10)
  note('b', ear.waitForSpeech())
  await hand.settle()
  expect(heard).toEqual(['0 started', '10 ended, 10 heard, cut', 'a over', 'b over'])
})
