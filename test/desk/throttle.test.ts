import fc from 'fast-check'
import { expect, it } from 'vitest'
import { network, SignInPace } from '../../src/desk/sign-in-pace.ts'
import { pauseMs, Throttle } from '../../src/desk/throttle.ts'

const PACE = { free: 3, firstMs: 1000, mostMs: 8000, forgetMs: 60_000 }

it('doubles the pause after the free attempts, up to the most', () => {
  expect([0, 2, 3, 4, 5, 6, 7, 5000].map((count) => pauseMs(PACE, count))).toEqual([
    0, 0, 1000, 2000, 4000, 8000, 8000, 8000,
  ])
})

it('counts attempts when they begin, so that many at once are no more than as many in turn', () => {
  const throttle = new Throttle(PACE)
  const waits = [1, 2, 3, 4].map(() => {
    const wait = throttle.waitMs('ann', 0)
    if (wait === 0) throttle.begin('ann', 0)
    return wait
  })
  expect(waits).toEqual([0, 0, 0, 1000])
  expect(throttle.waitMs('ann', 400)).toBe(600)
  expect(throttle.waitMs('ann', 1000)).toBe(0)
})

it('never waits longer than the most, and forgets', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }), (gaps) => {
      const throttle = new Throttle(PACE)
      let now = 0
      for (const gap of gaps) {
        now += gap
        throttle.begin('ann', now)
        expect(throttle.waitMs('ann', now)).toBeLessThanOrEqual(PACE.mostMs)
      }
      expect(throttle.waitMs('ann', now + PACE.mostMs)).toBe(0)
      throttle.begin('ann', now + PACE.forgetMs)
      expect(throttle.waitMs('ann', now + PACE.forgetMs)).toBe(0)
    }),
  )
})

it('holds a bounded number of keys, and lets go of the one touched longest ago', () => {
  const throttle = new Throttle({ ...PACE, free: 1 }, 2)
  for (const key of ['a', 'b', 'a', 'c']) throttle.begin(key, 0)
  expect(throttle.keys).toBe(2)
  expect(['a', 'b', 'c'].map((key) => throttle.waitMs(key, 0))).toEqual([2000, 0, 1000])
})

it('slows one person after five wrong passwords, for minutes at most, and forgets them at the right one', () => {
  const pace = new SignInPace()
  const attempt = { account: 'ann@example.com', from: '192.0.2.1' }
  for (let i = 0; i < 5; i++) expect(pace.begin(attempt, 0)).toBe(0)
  expect(pace.begin(attempt, 0)).toBe(1000)
  let now = 0
  for (let i = 0; i < 40; i++) now += pace.begin(attempt, now)
  expect(pace.begin(attempt, now)).toBe(5 * 60_000)
  now += 5 * 60_000
  expect(pace.begin(attempt, now)).toBe(0)
  pace.succeeded(attempt)
  expect(pace.begin(attempt, now)).toBe(0)
})

it('slows one address that tries many accounts, and not another address', () => {
  const pace = new SignInPace()
  for (let i = 0; i < 30; i++) expect(pace.begin({ account: `${i}@example.com`, from: '192.0.2.1' }, 0)).toBe(0)
  expect(pace.begin({ account: 'ann@example.com', from: '192.0.2.1' }, 0)).toBe(1000)
  expect(pace.begin({ account: 'ann@example.com', from: '192.0.2.2' }, 0)).toBe(0)
})

it('slows an account that is tried from many addresses, but not from where its owner has signed in', () => {
  const pace = new SignInPace()
  const owner = { account: 'ann@example.com', from: '198.51.100.7' }
  expect(pace.begin(owner, 0)).toBe(0)
  pace.succeeded(owner)
  for (let i = 0; i < 20; i++) expect(pace.begin({ account: owner.account, from: `192.0.2.${i}` }, 0)).toBe(0)
  expect(pace.begin({ account: owner.account, from: '192.0.2.99' }, 0)).toBe(1000)
  expect(pace.begin(owner, 0)).toBe(0)
})

it('takes an IPv6 network for one address', () => {
  expect(
    ['2001:db8:1:2:3:4:5:6', '2001:0DB8:1:2::9', '::1', 'fe80::1%eth0', '::ffff:192.0.2.1', '192.0.2.1', 'unix'].map(
      network,
    ),
  ).toEqual([
    '2001:db8:1:2::/64',
    '2001:db8:1:2::/64',
    '0:0:0:0::/64',
    'fe80:0:0:0::/64',
    '192.0.2.1',
    '192.0.2.1',
    'unix',
  ])
})
