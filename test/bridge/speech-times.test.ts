/** When the caller spoke, by what the provider says of it and what was heard on the line. */
import { expect, it } from 'vitest'
import { MULAW_8K } from '../../src/audio/format.ts'
import { CallerToAgent } from '../../src/bridge/caller-to-agent.ts'
import type { Session } from '../../src/providers/provider.ts'

const SILENCE = Buffer.alloc(160, 0xff)
/** A square wave of a quarter of full scale. */
const VOICE = Buffer.from(Array.from({ length: 160 }, (_, i) => (i % 16 < 8 ? 0x9f : 0x1f)))

/** A session that was there from the first frame on, and was sent so many frames of each kind, one every 20 ms. */
function heard(...stretches: readonly (readonly [frame: Buffer, ms: number])[]): CallerToAgent {
  const caller = new CallerToAgent(MULAW_8K, MULAW_8K, () => {})
  const nothing = () => {}
  const session: Session = {
    sendAudio: nothing,
    createResponse: nothing,
    cancelResponse: nothing,
    truncateItem: nothing,
    sendToolResult: nothing,
    instruct: nothing,
    tell: nothing,
    close: nothing,
    backlogBytes: 0,
  }
  caller.use(session)
  let nowMs = 0
  for (const [frame, ms] of stretches) {
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 20
      caller.frame(frame, null, nowMs)
    }
  }
  return caller
}

it('a turn begins with its first sound, not with the padding that the provider puts before it', () => {
  const caller = heard([SILENCE, 1000], [VOICE, 200])
  expect(caller.speechStart(700, 1200)).toBe(1000)
})

it('a short pause does not begin the voice anew, a long one does', () => {
  const pausing = heard([SILENCE, 1000], [VOICE, 200], [SILENCE, 260], [VOICE, 100])
  expect(pausing.speechStart(700, 1560)).toBe(1000)
  const again = heard([SILENCE, 1000], [VOICE, 200], [SILENCE, 400], [VOICE, 100])
  expect(again.speechStart(1300, 1700)).toBe(1600)
})

it('what was voiced before the turn is the provider’s to judge', () => {
  const noisy = heard([VOICE, 2000])
  expect(noisy.speechStart(1500, 2000)).toBe(1500)
  const silent = heard([SILENCE, 2000])
  expect(silent.speechStart(1500, 2000)).toBe(1500)
})

it('a turn ends with its last sound, not with the silence that the provider waited for', () => {
  const caller = heard([SILENCE, 1000], [VOICE, 500], [SILENCE, 500])
  expect(caller.speechEnd(2000, 2000)).toBe(1500)
})
