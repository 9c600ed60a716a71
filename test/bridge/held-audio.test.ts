import { expect, it } from 'vitest'
import { MULAW_8K } from '../../src/audio/format.ts'
import { AgentToCaller } from '../../src/bridge/agent-to-caller.ts'
import { CallerToAgent } from '../../src/bridge/caller-to-agent.ts'
import { Taps } from '../../src/bridge/taps.ts'
import type { Leg } from '../../src/carriers/carrier.ts'
import type { Session } from '../../src/providers/provider.ts'

const FRAME_BYTES = 160

function frame(number: number): Buffer {
  return Buffer.alloc(FRAME_BYTES, number)
}

/** A leg that keeps the first byte of every frame it plays. */
function recordingLeg(): { leg: Leg; played: number[] } {
  const played: number[] = []
  const leg: Leg = {
    streamId: 'MZ1',
    format: MULAW_8K,
    maxLeadMs: 20_000,
    play: (audio) => {
      for (let at = 0; at < audio.length; at += FRAME_BYTES) played.push(audio[at]!)
    },
    mark: () => {},
    clear: () => {},
    release: () => {},
    backlogBytes: 0,
  }
  return { leg, played }
}

it('agent audio that waited for the leg goes out as it came and in its order, whatever is told in between', () => {
  const { leg, played } = recordingLeg()
  // The call looks for held audio after every fact, those told in the middle of a write too.
  const out: AgentToCaller = new AgentToCaller(
    MULAW_8K,
    MULAW_8K,
    () => void out.release(1_000),
    new Taps(MULAW_8K, () => {}),
  )
  for (let second = 0; second < 3; second++) {
    const frames = Array.from({ length: 50 }, (_, i) => frame(second * 50 + i))
    out.audio('resp_1', 'item_1', Buffer.concat(frames).toString('base64'), second)
  }
  out.attach(leg, 1_000)
  expect(played).toEqual(Array.from({ length: 150 }, (_, i) => i))
})

/** A session that hands on the audio it is sent. */
function listening(onAudio: (audio: Uint8Array) => void): Session {
  const nothing = () => {}
  return {
    sendAudio: onAudio,
    createResponse: nothing,
    cancelResponse: nothing,
    truncateItem: nothing,
    sendToolResult: nothing,
    instruct: nothing,
    tell: nothing,
    close: nothing,
    backlogBytes: 0,
  }
}

it('caller audio that waited for a session goes out as it came, though the leg reads every frame into one buffer', () => {
  const sent: number[] = []
  const into = new CallerToAgent(MULAW_8K, MULAW_8K, () => {})
  const buffer = Buffer.alloc(FRAME_BYTES)
  for (let number = 1; number <= 5; number++) {
    buffer.fill(number)
    into.frame(buffer, null, number * 20)
  }
  into.use(listening((audio) => void sent.push(audio[0]!)))
  expect(sent).toEqual([1, 2, 3, 4, 5])
})
