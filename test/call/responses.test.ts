import { describe, expect, it } from 'vitest'
import type { ResponseKind } from '../../src/call/commands.ts'
import {
  type ActiveResponse,
  callerSpoke,
  countFailure,
  dropWish,
  isFree,
  NO_RESPONSES,
  type Responses,
  responseEnded,
  responseRefused,
  responseSpoke,
  responseStarted,
  sessionGone,
  takeWish,
  type Wish,
  wish,
} from '../../src/call/responses.ts'

const wanted = (kind: ResponseKind): Wish => ({ kind, instructions: null, allowTools: true })
const active = (responseId: string, change: Partial<ActiveResponse> = {}): ActiveResponse => ({
  responseId,
  wish: null,
  spoke: false,
  interrupted: false,
  ...change,
})
const having = (change: Partial<Responses>): Responses => ({ ...NO_RESPONSES, ...change })

describe('asking', () => {
  it('[RQ1] a wish is taken only when none is being made, asked for, promised or in the way', () => {
    const busy: Partial<Responses>[] = [
      { active: active('r1') },
      { asked: wanted('reply') },
      { promised: true },
      { blocked: true },
    ]
    for (const change of busy) {
      const responses = having({ ...change, wishes: [wanted('reply')] })
      expect(isFree(responses)).toBe(false)
      expect(takeWish(responses)).toEqual([responses, null])
    }
    expect(takeWish(having({ wishes: [wanted('reply')] }))).toEqual([
      having({ asked: wanted('reply') }),
      wanted('reply'),
    ])
    expect(takeWish(NO_RESPONSES)).toEqual([NO_RESPONSES, null])
  })

  it('[RQ8] the most urgent wish first: wrap-up, goodbye, greeting, resume, reply; of each kind there is one', () => {
    let responses = NO_RESPONSES
    for (const kind of ['reply', 'greeting', 'resume', 'wrap-up', 'goodbye', 'reply'] as const) {
      responses = wish(responses, wanted(kind))
    }
    const order: string[] = []
    for (;;) {
      const [next, taken] = takeWish(responses)
      if (taken === null) break
      order.push(taken.kind)
      responses = { ...next, asked: null }
    }
    expect(order).toEqual(['wrap-up', 'goodbye', 'greeting', 'resume', 'reply'])
    const changed = { ...wanted('resume'), instructions: 'otherwise' }
    expect(wish(having({ wishes: [wanted('resume')] }), changed).wishes).toEqual([changed])
    expect(dropWish(having({ wishes: [wanted('resume'), wanted('reply')] }), 'resume').wishes).toEqual([
      wanted('reply'),
    ])
  })
})

describe('starting', () => {
  it('[RQ2] a response that starts is ours when we have asked for one, else the provider’s own', () => {
    expect(responseStarted(having({ asked: wanted('reply') }), 'r1', false)).toEqual(
      having({ active: active('r1', { wish: wanted('reply') }) }),
    )
    expect(responseStarted(having({ promised: true }), 'r1', false)).toEqual(having({ active: active('r1') }))
  })

  it('[RQ4] one that starts after the caller’s turn knows it; one that starts within it leaves the promise standing', () => {
    const open = having({ promised: true })
    expect(responseStarted(open, 'r1', false).promised).toBe(false)
    expect(responseStarted(open, 'r1', true).promised).toBe(true)
    expect(responseStarted({ ...open, asked: wanted('reply') }, 'r1', true).promised).toBe(true)
  })

  it('[RQ4] a caller who begins to speak cuts off the response being made and is promised another', () => {
    expect(callerSpoke(having({ active: active('r1', { spoke: true }) }))).toEqual(
      having({ active: active('r1', { spoke: true, interrupted: true }), promised: true }),
    )
    expect(callerSpoke(NO_RESPONSES)).toEqual(having({ promised: true }))
  })

  it('[GR2] the provider’s own response makes a greeting superfluous', () => {
    const responses = having({ promised: true, wishes: [wanted('greeting'), wanted('resume')] })
    expect(responseStarted(responses, 'r1', false).wishes).toEqual([wanted('resume')])
    expect(responseStarted(having({ asked: wanted('greeting') }), 'r1', false).active?.wish).toEqual(wanted('greeting'))
  })
})

describe('being refused', () => {
  it('[RQ3] what was refused waits for the response in its way, announced or not', () => {
    const announced = having({ active: active('r1', { wish: wanted('reply') }) })
    expect(responseRefused(announced)).toEqual(having({ active: active('r1'), wishes: [wanted('reply')] }))
    expect(responseRefused(having({ asked: wanted('reply') }))).toEqual(
      having({ blocked: true, wishes: [wanted('reply')] }),
    )
  })

  it('[RQ3] it is asked for again when that response has ended, be it one we never saw or gave up', () => {
    const blocked = having({ blocked: true, wishes: [wanted('reply')] })
    const begun = responseStarted(blocked, 'r1', false)
    expect(begun).toEqual(having({ active: active('r1'), wishes: [wanted('reply')] }))
    expect(takeWish(responseEnded(begun, 'r1')[0])[1]).toEqual(wanted('reply'))
    const [free, unknown] = responseEnded(blocked, 'r_given_up')
    expect(unknown).toBe(null)
    expect(takeWish(free)[1]).toEqual(wanted('reply'))
  })

  it('[GR2] a refused greeting is not asked for again: what is in its way answers the caller', () => {
    expect(responseRefused(having({ asked: wanted('greeting') }))).toEqual(having({ blocked: true }))
  })

  it('[RQ3] a refusal of nothing changes nothing', () => {
    expect(responseRefused(NO_RESPONSES)).toBe(NO_RESPONSES)
    const own = having({ active: active('r1') })
    expect(responseRefused(own)).toBe(own)
  })
})

describe('ending', () => {
  it('[RQ1] only the response being made can end; others are not ours to count', () => {
    const responses = having({ active: active('r1') })
    expect(responseEnded(responses, 'r1')).toEqual([NO_RESPONSES, active('r1')])
    expect(responseEnded(responses, 'r2')).toEqual([responses, null])
  })

  it('[RQ6] with its session, whatever was made or asked for is gone; wishes stay', () => {
    const responses = having({
      active: active('r1'),
      asked: wanted('reply'),
      promised: true,
      blocked: true,
      wishes: [wanted('goodbye')],
      failures: 1,
    })
    expect(sessionGone(responses)).toEqual(having({ wishes: [wanted('goodbye')], failures: 1 }))
  })

  it('[RQ7] failures in a row are counted by how responses end, not by whether they spoke first', () => {
    const one = having({ failures: 1 })
    expect(countFailure(NO_RESPONSES, active('r'), 'failed').failures).toBe(1)
    expect(countFailure(one, active('r', { spoke: true }), 'failed').failures).toBe(2)
    expect(countFailure(one, active('r'), 'completed').failures).toBe(0)
    expect(countFailure(one, active('r'), 'incomplete').failures).toBe(0)
    expect(countFailure(one, active('r'), 'cancelled').failures).toBe(1)
    expect(countFailure(one, active('r', { spoke: true, interrupted: true }), 'cancelled').failures).toBe(0)
    expect(countFailure(one, active('r', { interrupted: true }), 'failed').failures).toBe(1)
  })

  it('[RQ7] that a response has spoken is kept with it', () => {
    const responses = having({ active: active('r1'), failures: 1 })
    expect(responseSpoke(responses, 'r1')).toEqual(having({ active: active('r1', { spoke: true }), failures: 1 }))
    expect(responseSpoke(responses, 'r2')).toBe(responses)
  })
})
