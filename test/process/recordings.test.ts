import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { onDisk } from '../call-log/on-disk.ts'
import { tracksOf } from '../scenarios/recorded.ts'
import { Place, steadyAgent } from './place.ts'

const KILLS = 2
const FRAME_BYTES = 160
/** One second: what a crash may cost. */
const LOST_MOST_FRAMES = 50
const SECONDS_AHEAD = 8

/** A frame that says which one it is, in digits of seven bits that are never silence. */
function numbered(number: number): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES, 0x11)
  frame[0] = 0x01
  frame[1] = number & 0x3f
  frame[2] = (number >> 6) & 0x3f
  return frame
}

/** The numbers of the frames in a track, in order of their places. */
function numbersIn(track: Buffer): number[] {
  const found: number[] = []
  for (let at = track.indexOf(0x01); at >= 0 && at + 3 < track.length; at = track.indexOf(0x01, at + FRAME_BYTES)) {
    if (track[at + 3] === 0x11) found.push((track[at + 1] ?? 0) | ((track[at + 2] ?? 0) << 6))
  }
  return found
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number)

it(`kill -9 in mid-call costs a recording less than a second of either side, at ${KILLS} moments`, {
  timeout: 100_000,
}, async () => {
  await using place = await Place.open({
    files: { 'config/agents/steady.yaml': `${steadyAgent()}recording: { mode: on }\n` },
  })
  const { model, carrier, folder, webhookUrl } = place
  for (let kill = 0; kill < KILLS; kill++) {
    const before = model.sessions.length
    const call = await carrier.placeCall({
      webhookUrl,
      from: '+15550123',
      to: '+15550100',
      frames: (chunk) => numbered(chunk - 1).toString('base64'),
    })
    const session = await model.until(() => model.sessions[before]?.configured && model.sessions[before], 'a session')
    // What came to the model has come to the server before.
    let arrived = 0
    session.onAudio = (base64) => {
      for (const number of numbersIn(Buffer.from(base64, 'base64'))) arrived = Math.max(arrived, number + 1)
      model.changed()
    }
    const speech = session.speak()
    const said = upTo(SECONDS_AHEAD * 50)
    speech.audio(Buffer.concat(said.map(numbered)).toString('base64'))
    await call.waitUntilHeardMs(2300 + 170 * kill)

    const heardMs = call.playedMs
    const came = arrived
    place.server.signal('SIGKILL')
    await place.server.exited
    await call.hangUp()
    await place.restart()

    const recordings = folder.join('data', 'recordings')
    await expect
      .poll(async () => (await readdir(recordings)).filter((name) => /\.(part|tmp)$/.test(name)), { timeout: 10_000 })
      .toEqual([])
    const { calls, events } = onDisk(folder.join('data/earshot.db'))
    const callId = calls[0]?.callId ?? ''
    const { caller, agent } = tracksOf(readFileSync(`${recordings}/${callId}.wav`))
    const fromCaller = numbersIn(caller)
    const heard = numbersIn(agent)
    expect(fromCaller).toEqual(upTo(fromCaller.length).map((number) => number + (fromCaller[0] ?? 0)))
    // The first frames come while the server attaches the stream; none of them is lost, either.
    expect(fromCaller[0]).toBe(0)
    expect(fromCaller.length).toBeGreaterThanOrEqual(came - LOST_MOST_FRAMES)
    expect(heard).toEqual(upTo(heard.length))
    expect(heard.length).toBeGreaterThanOrEqual(Math.floor(heardMs / 20) - LOST_MOST_FRAMES)
    expect(heard.length).toBeLessThanOrEqual(Math.ceil(heardMs / 20) + 1)

    const about = (events.get(callId) ?? []).map(({ body }) => body)
    expect(about.filter(({ type }) => type.startsWith('recording'))).toMatchObject([
      { type: 'recording-started', consent: 'not-asked' },
      { type: 'recording-stopped', why: 'call-ended', detail: 'the server stopped; what had been written was kept' },
    ])
    expect(about.at(-1)?.type).toBe('call-ended')
  }
})
