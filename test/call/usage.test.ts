import { describe, expect, it } from 'vitest'
import { addUsage, costUsd, ModelPrice, NO_USAGE, Usage } from '../../src/call/usage.ts'

/** gpt-realtime-2.1 (realtime fact sheet, section 2). */
const PRICE: ModelPrice = {
  textIn: 4,
  textCached: 0.4,
  textOut: 24,
  audioIn: 32,
  audioCached: 0.4,
  audioOut: 64,
  imageIn: 5,
  imageCached: 0.5,
}
const CALLER_TOKENS_A_SECOND = 10
const AGENT_TOKENS_A_SECOND = 20

const usage = (change: Partial<Usage>): Usage => ({ ...NO_USAGE, ...change })

it('[EN6] each kind of token has its price, and cached ones are a part of those that came in', () => {
  expect(costUsd(usage({ inputText: 1e6 }), PRICE)).toBeCloseTo(4)
  expect(costUsd(usage({ inputText: 1e6, inputTextCached: 1e6 }), PRICE)).toBeCloseTo(0.4)
  expect(costUsd(usage({ inputAudio: 1e6, inputAudioCached: 500_000 }), PRICE)).toBeCloseTo(16.2)
  expect(costUsd(usage({ inputImage: 1e6, inputImageCached: 200_000 }), PRICE)).toBeCloseTo(4.1)
  expect(costUsd(usage({ outputText: 1e6 }), PRICE)).toBeCloseTo(24)
  expect(costUsd(usage({ outputAudio: 1e6 }), PRICE)).toBeCloseTo(64)
  expect(costUsd(NO_USAGE, PRICE)).toBe(0)
})

it('[EN6] a minute of speech costs what the fact sheet says', () => {
  expect(costUsd(usage({ inputAudio: 60 * CALLER_TOKENS_A_SECOND }), PRICE)).toBeCloseTo(0.0192, 6)
  expect(costUsd(usage({ outputAudio: 60 * AGENT_TOKENS_A_SECOND }), PRICE)).toBeCloseTo(0.0768, 6)
})

describe('the worked estimate: 20 turns of 7.5 s caller and 6 s agent, 2,000 tokens of instructions, 60 text tokens a reply', () => {
  /** The whole conversation comes in with every response; with perfect caching, all of it but what is new since the last. */
  function turns(cached: boolean): Usage[] {
    const caller = 7.5 * CALLER_TOKENS_A_SECOND
    const agent = 6 * AGENT_TOKENS_A_SECOND
    const list: Usage[] = []
    let known = { text: 0, audio: 0 }
    for (let turn = 0; turn < 20; turn++) {
      const inputText = 2000 + 60 * turn
      const inputAudio = caller * (turn + 1) + agent * turn
      list.push(
        usage({
          inputText,
          inputAudio,
          inputTextCached: cached ? known.text : 0,
          inputAudioCached: cached ? known.audio : 0,
          outputText: 60,
          outputAudio: agent,
        }),
      )
      known = { text: inputText, audio: inputAudio }
    }
    return list
  }

  it('[EN6] about $1.62 without caching', () => {
    const total = turns(false).reduce(addUsage, NO_USAGE)
    expect(total).toEqual(usage({ inputText: 51_400, inputAudio: 38_550, outputText: 1200, outputAudio: 2400 }))
    expect(costUsd(total, PRICE)).toBeCloseTo(1.62, 2)
  })

  it('[EN6] about $0.35 with perfect caching', () => {
    const total = turns(true).reduce(addUsage, NO_USAGE)
    expect(costUsd(total, PRICE)).toBeCloseTo(0.35, 2)
    // The sum of the parts is the cost of the sum, so a call may be priced response by response.
    const parts = turns(true).reduce((sum, each) => sum + costUsd(each, PRICE), 0)
    expect(parts).toBeCloseTo(costUsd(total, PRICE), 9)
  })
})

it('[EN6] counts are whole and never negative, and nothing unknown is let in', () => {
  expect(Usage.safeParse({ ...NO_USAGE, inputText: -1 }).success).toBe(false)
  expect(Usage.safeParse({ ...NO_USAGE, inputText: 0.5 }).success).toBe(false)
  expect(Usage.safeParse({ ...NO_USAGE, total: 3 }).success).toBe(false)
  const { imageIn, imageCached, ...withoutImages } = PRICE
  expect(ModelPrice.parse(withoutImages)).toEqual({ ...PRICE, imageIn: 0, imageCached: 0 })
  expect([imageIn, imageCached]).toEqual([5, 0.5])
})
