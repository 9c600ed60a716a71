import { describe, expect, it } from 'vitest'
import {
  audioAllSent,
  audioSent,
  cut,
  distrustMarks,
  EMPTY_PLAYOUT,
  expectedEndMs,
  firstTimes,
  heardInAll,
  heardOf,
  isHearing,
  isSounding,
  itemArrived,
  markHeard,
  nextMarkMs,
  type Playout,
  probeSent,
  soundedByClock,
  takeHeard,
  takeSounded,
} from '../../src/call/playout.ts'

/** One item, sent at 1000 in pieces of 200 ms with a mark behind each: m0 at 1200, m1 at 1400 and so on. */
function line(ms: number, itemId = 'a', sentAtMs = 1000, from = EMPTY_PLAYOUT): Playout {
  let playout = itemArrived(from, itemId, `r_${itemId}`, sentAtMs)
  for (let at = 0; at < ms; at += 200) {
    playout = audioSent(playout, itemId, Math.min(200, ms - at), `${itemId}${at / 200}`, sentAtMs)
  }
  return audioAllSent(playout, itemId)
}

describe('the model of the queue', () => {
  it('[PO1] audio behind nothing begins to sound at once, and what follows when that has been played', () => {
    let playout = itemArrived(itemArrived(EMPTY_PLAYOUT, 'a', 'r', 990), 'b', 'r', 990)
    playout = audioSent(playout, 'a', 200, null, 1000)
    playout = audioSent(playout, 'b', 100, null, 1050)
    expect([1000, 1100, 1200, 1250, 1300, 1400].map((now) => heardOf(playout, 'a', now))).toEqual([
      0, 100, 200, 200, 200, 200,
    ])
    expect([1000, 1100, 1200, 1250, 1300, 1400].map((now) => heardOf(playout, 'b', now))).toEqual([
      0, 0, 0, 50, 100, 100,
    ])
    expect(expectedEndMs(playout)).toBe(1300)
  })

  it('[PO1] after the queue has run dry, audio sounds from when it was written', () => {
    let playout = audioSent(itemArrived(EMPTY_PLAYOUT, 'a', 'r', 1000), 'a', 200, null, 1000)
    playout = audioSent(playout, 'a', 200, null, 2000)
    expect([1500, 2000, 2050].map((now) => heardOf(playout, 'a', now))).toEqual([200, 200, 250])
  })

  it('[PO1] audio told late is counted from when it was written, and padding delays what follows but belongs to no item', () => {
    let playout = itemArrived(itemArrived(EMPTY_PLAYOUT, 'a', 'r', 1000), 'b', 'r', 1000)
    playout = audioSent(playout, 'a', 55, null, 1000, 5)
    playout = audioSent(playout, 'b', 100, null, 1000)
    expect(heardOf(playout, 'a', 1060)).toBe(55)
    expect(heardOf(playout, 'b', 1060)).toBe(0)
    expect(heardOf(playout, 'b', 1080)).toBe(20)
    expect(expectedEndMs(playout)).toBe(1160)
  })

  it('[PO3] never more than was sent, however late it is', () => {
    const playout = audioSent(itemArrived(EMPTY_PLAYOUT, 'a', 'r', 1000), 'a', 120, null, 1000)
    expect(heardOf(playout, 'a', 1_000_000)).toBe(120)
    expect(heardOf(playout, 'unknown', 1_000_000)).toBe(0)
  })

  it('[PO3] a mark that has not come back holds the clock', () => {
    const playout = line(600)
    expect([1100, 1200, 1399, 1600, 5000].map((now) => heardOf(playout, 'a', now))).toEqual([100, 200, 200, 200, 200])
  })

  it('[PO3] but only once it is later than the line takes: until then it may be on its way', () => {
    const probed = markHeard(probeSent(EMPTY_PLAYOUT, 'probe', 500), 'probe', 660)
    const playout = line(600, 'a', 1000, probed)
    expect(probed.roundTripMs).toBe(160)
    expect([1200, 1300, 1360, 1361, 9000].map((now) => heardOf(playout, 'a', now))).toEqual([200, 300, 360, 360, 360])
  })

  it('[PO3] heard never falls when a late mark shows that the carrier lags', () => {
    const playout = line(600)
    const before = heardOf(playout, 'a', 1290)
    const after = markHeard(playout, 'a0', 1290)
    expect(after.lags).toEqual([90])
    expect(before).toBe(200)
    expect(heardOf(after, 'a', 1290)).toBe(200)
    expect(heardOf(after, 'a', 1390)).toBe(300)
  })
})

describe('marks', () => {
  it('[PO2] a mark proves everything sent before it, other items included', () => {
    let playout = audioSent(itemArrived(EMPTY_PLAYOUT, 'a', 'r', 1000), 'a', 200, null, 1000)
    playout = audioSent(itemArrived(playout, 'b', 'r', 1000), 'b', 100, 'm', 1000)
    playout = audioSent(playout, 'b', 100, 'n', 1000)
    playout = markHeard(playout, 'm', 1300)
    expect(playout.items.map(({ itemId, provenMs, sentMs }) => ({ itemId, provenMs, sentMs }))).toEqual([
      { itemId: 'a', provenMs: 200, sentMs: 200 },
      { itemId: 'b', provenMs: 100, sentMs: 200 },
    ])
    expect(playout.queue.map((segment) => segment.mark)).toEqual(['n'])
  })

  it('[PO2] an early mark proves what the clock would not have said yet', () => {
    const playout = markHeard(line(600), 'a1', 1100)
    expect(heardOf(playout, 'a', 1100)).toBe(400)
  })

  it('[PO4] after a clear, marks of what was cut prove nothing', () => {
    const [emptied, gone] = cut(line(600), 1250)
    expect(gone).toEqual([
      {
        itemId: 'a',
        responseId: 'r_a',
        sentMs: 600,
        heardMs: 200,
        startMs: 1000,
        endMs: 1200,
        complete: true,
        toTheEnd: false,
      },
    ])
    const echoed = ['a0', 'a1', 'a2'].reduce((playout, name) => markHeard(playout, name, 1260), emptied)
    expect(echoed).toEqual(emptied)
    expect(heardInAll(echoed, 5000)).toBe(200)
    const again = line(200, 'b', 1300, echoed)
    expect(heardOf(again, 'b', 1400)).toBe(100)
    expect(heardOf(again, 'a', 1400)).toBe(0)
  })

  it('[PO5] an item leaves when all of it has been sent and proven heard, and not before', () => {
    const open = { ...line(400), items: line(400).items.map((item) => ({ ...item, allSent: false })) }
    const heard = markHeard(open, 'a1', 1400)
    expect(takeHeard(heard, 1500)).toEqual([heard, []])
    const unproven = markHeard(line(400), 'a0', 1200)
    expect(takeHeard(unproven, 9000)).toEqual([unproven, []])
    const [left, gone] = takeHeard(markHeard(line(400), 'a1', 1400), 1400)
    expect(gone).toEqual([
      {
        itemId: 'a',
        responseId: 'r_a',
        sentMs: 400,
        heardMs: 400,
        startMs: 1000,
        endMs: 1400,
        complete: true,
        toTheEnd: true,
      },
    ])
    expect(isSounding(left)).toBe(false)
    expect(heardInAll(left, 1400)).toBe(400)
  })

  it('[PO5] items leave in the order in which they sound', () => {
    const both = line(200, 'b', 1000, line(200))
    const [left, gone] = takeHeard(markHeard(both, 'b0', 1400), 1400)
    expect(gone.map((item) => item.itemId)).toEqual(['a', 'b'])
    expect(left.items).toEqual([])
    const [first] = takeHeard(markHeard(both, 'a0', 1200), 1200)
    expect(first.items.map((item) => item.itemId)).toEqual(['b'])
  })

  it('[PO6] a mark behind nothing measures the round trip, and only lateness beyond it counts as lag', () => {
    let playout = markHeard(probeSent(EMPTY_PLAYOUT, 'probe', 500), 'probe', 580)
    expect(playout.roundTripMs).toBe(80)
    playout = line(1000, 'a', 1000, playout)
    playout = markHeard(playout, 'a0', 1280)
    expect(playout.lags).toEqual([0])
    playout = markHeard(playout, 'a1', 1510)
    expect(playout.lags).toEqual([0, 30])
    expect(heardOf(playout, 'a', 1510)).toBe(510)
  })

  it('[PO6] of recent lags the least counts, and an old one is forgotten', () => {
    let playout = line(1200)
    playout = markHeard(playout, 'a0', 1210)
    playout = markHeard(playout, 'a1', 1450)
    expect(heardOf(playout, 'a', 1460)).toBe(450)
    playout = markHeard(playout, 'a2', 1660)
    playout = markHeard(playout, 'a3', 1870)
    expect(playout.lags).toEqual([10, 50, 60, 70])
    playout = markHeard(playout, 'a4', 2080)
    expect(playout.lags).toEqual([50, 60, 70, 80])
    expect(heardOf(playout, 'a', 2100)).toBe(1050)
    // A carrier that takes half a second to answer was busy: that is not its line.
    expect(markHeard(probeSent(EMPTY_PLAYOUT, 'probe', 0), 'probe', 4000).roundTripMs).toBe(500)
  })

  it('[PO6] the silence that fills the last frame is no lag: its mark lies behind it', () => {
    let playout = audioSent(itemArrived(EMPTY_PLAYOUT, 'a', 'r', 1000), 'a', 145, 'm', 1000, 15)
    expect(nextMarkMs(playout)).toBe(1160)
    playout = markHeard(audioAllSent(playout, 'a'), 'm', 1160)
    expect(playout.lags).toEqual([0])
    expect(takeHeard(playout, 1160)[1][0]).toMatchObject({ sentMs: 145, heardMs: 145, toTheEnd: true })
  })

  it('[PO7] when marks are overdue the clock alone tells, until one comes back; what it told stays told', () => {
    const playout = distrustMarks(line(1000))
    expect([1100, 1500, 9000].map((now) => heardOf(playout, 'a', now))).toEqual([100, 500, 1000])
    const open = { ...playout, items: playout.items.map((item) => ({ ...item, allSent: false })) }
    const trusted = markHeard(open, 'a0', 1900)
    expect(trusted.marksTrusted).toBe(true)
    expect(heardOf(open, 'a', 1900)).toBe(900)
    expect(heardOf(trusted, 'a', 1900)).toBe(900)
    expect(heardOf(trusted, 'a', 1950)).toBe(900)
  })

  it('[PO7] by the clock alone, items leave when they have sounded', () => {
    const playout = distrustMarks(line(200, 'b', 1000, line(200)))
    const [first, gone] = takeHeard(playout, 1200)
    expect(gone.map((item) => item.itemId)).toEqual(['a'])
    const [second, rest] = takeHeard(first, 1400)
    expect(rest.map((item) => item.itemId)).toEqual(['b'])
    expect(heardInAll(second, 1400)).toBe(400)
  })

  it('[PO7] a probe that comes back is a mark that came back', () => {
    const playout = markHeard(probeSent(distrustMarks(EMPTY_PLAYOUT), 'probe-2', 100), 'probe-2', 140)
    expect(playout).toEqual({ ...EMPTY_PLAYOUT, roundTripMs: 40 })
  })

  it('[PO8] an item that has arrived and waits to be sent is in line, heard 0', () => {
    const playout = itemArrived(line(400), 'b', 'r_b', 1100)
    expect(isSounding(itemArrived(EMPTY_PLAYOUT, 'b', 'r_b', 1100))).toBe(true)
    expect(cut(playout, 1150)[1]).toEqual([
      {
        itemId: 'a',
        responseId: 'r_a',
        sentMs: 400,
        heardMs: 150,
        startMs: 1000,
        endMs: 1150,
        complete: true,
        toTheEnd: false,
      },
      {
        itemId: 'b',
        responseId: 'r_b',
        sentMs: 0,
        heardMs: 0,
        startMs: 1150,
        endMs: 1150,
        complete: false,
        toTheEnd: false,
      },
    ])
    expect(itemArrived(playout, 'b', 'r_b', 1200)).toBe(playout)
  })
})

it('[PO8] an item that waits is not being heard, and neither is one whose queue ran dry by the clock alone', () => {
  expect(isHearing(itemArrived(EMPTY_PLAYOUT, 'a', 'r', 0), 0)).toBe(false)
  expect(isHearing(line(200), 1100)).toBe(true)
  // A mark that has not come back yet may mean that the carrier still plays.
  expect(isHearing(line(200), 1300)).toBe(true)
  expect(isHearing(distrustMarks(line(200)), 1100)).toBe(true)
  expect(isHearing(distrustMarks(line(200)), 1300)).toBe(false)
})

it('[PO2] the times of a first sound are told once a mark has proven it, lag included', () => {
  const playout = line(400)
  expect(firstTimes(playout, 'r_a')).toBe(null)
  expect(firstTimes(markHeard(playout, 'a0', 1230), 'r_a')).toEqual({ itemId: 'a', sentMs: 1000, heardMs: 1030 })
  expect(firstTimes(playout, 'r_b')).toBe(null)
})

describe('what has sounded is passed on', () => {
  const taken = (playout: Playout) => takeSounded(playout)[1]

  it('[PO9] with the mark that proves it, once, from when it began to sound', () => {
    const lagging = markHeard(line(600), 'a0', 1210)
    expect(taken(lagging)).toEqual([{ itemId: 'a', fromMs: 0, ms: 200, atMs: 1010 }])
    const [emptied] = takeSounded(lagging)
    expect(taken(markHeard(emptied, 'a2', 1610))).toEqual([
      { itemId: 'a', fromMs: 200, ms: 200, atMs: 1210 },
      { itemId: 'a', fromMs: 400, ms: 200, atMs: 1410 },
    ])
  })

  it('[PO9] as much as was heard of what is cut, and no more', () => {
    const two = line(400, 'b', 1000, line(600))
    const [emptied, gone] = cut(markHeard(two, 'a0', 1200), 1300)
    expect(taken(emptied)).toEqual([
      { itemId: 'a', fromMs: 0, ms: 200, atMs: 1000 },
      { itemId: 'a', fromMs: 200, ms: 100, atMs: 1200 },
    ])
    expect(gone.map(({ itemId, heardMs }) => ({ itemId, heardMs }))).toEqual([
      { itemId: 'a', heardMs: 300 },
      { itemId: 'b', heardMs: 0 },
    ])
    expect(taken(markHeard(takeSounded(emptied)[0], 'a1', 1310))).toEqual([])
  })

  it('[PO9] by the clock while marks are overdue, and not again when they come after all', () => {
    const overdue = distrustMarks(line(600))
    const [told, first] = takeSounded(soundedByClock(overdue, 1450))
    expect(first.map(({ fromMs, ms, atMs }) => [fromMs, ms, atMs])).toEqual([
      [0, 200, 1000],
      [200, 200, 1200],
    ])
    expect(soundedByClock(told, 1500)).toBe(told)
    expect(taken(markHeard(told, 'a2', 1610))).toEqual([{ itemId: 'a', fromMs: 400, ms: 200, atMs: 1410 }])
    const [, cutOff] = takeSounded(cut(told, 1500)[0])
    expect(cutOff).toEqual([{ itemId: 'a', fromMs: 400, ms: 100, atMs: 1400 }])
  })
})
