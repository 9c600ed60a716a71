/** The sound of the test phone: microphone, loudspeaker, and the handset between them and the line. */
import { type FromHandset, Handset, type ToHandset } from './handset.ts'
import workletUrl from './phone-worklet.ts?worker&url'

export type Microphone = { readonly state: 'on' } | { readonly state: 'off'; readonly why: string }

export interface Sound extends AsyncDisposable {
  readonly microphone: Microphone
  take(message: ToHandset): void
  /** A short tone, as a key of a telephone makes it. */
  beep(digit: string): void
}

/** So long may a browser take to let us make a sound; then a timer keeps the line alive in silence. */
const CARD_MS = 1500
/** The card's delay is known only when it has played for a while. */
const LAG_AFTER_MS = 800

/** Called from a click: browsers let nothing sound before one. */
export async function openSound(tell: (message: FromHandset) => void): Promise<Sound> {
  const context = new AudioContext({ latencyHint: 'interactive' })
  const microphone = await openMicrophone()
  await Promise.race([context.resume(), new Promise((done) => setTimeout(done, CARD_MS))]).catch(() => {})
  const words: Microphone = microphone instanceof MediaStream ? { state: 'on' } : { state: 'off', why: microphone }
  const stop = async (): Promise<void> => {
    if (microphone instanceof MediaStream) for (const track of microphone.getTracks()) track.stop()
    await context.close()
  }
  if (context.state !== 'running') return silentSound(words, stop, tell)
  try {
    return await cardSound(context, microphone instanceof MediaStream ? microphone : null, words, stop, tell)
  } catch (error) {
    await stop()
    throw error
  }
}

async function cardSound(
  context: AudioContext,
  stream: MediaStream | null,
  microphone: Microphone,
  stop: () => Promise<void>,
  tell: (message: FromHandset) => void,
): Promise<Sound> {
  await context.audioWorklet.addModule(workletUrl)
  const node = new AudioWorkletNode(context, 'earshot-phone', {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [1],
    channelCount: 1,
    channelCountMode: 'explicit',
  })
  node.port.onmessage = ({ data }: MessageEvent<FromHandset>) => tell(data)
  node.connect(context.destination)
  if (stream !== null) context.createMediaStreamSource(stream).connect(node)
  const take = (message: ToHandset): void => node.port.postMessage(message)
  const lag = setTimeout(() => {
    take({ type: 'lag', ms: 1000 * (context.baseLatency + (context.outputLatency || 0)) })
  }, LAG_AFTER_MS)
  return {
    microphone,
    take,
    beep: (digit) => beep(context, digit),
    [Symbol.asyncDispose]: async () => {
      clearTimeout(lag)
      node.port.onmessage = null
      node.disconnect()
      await stop()
    },
  }
}

/** The same handset without a card: the call goes on by its words alone. */
function silentSound(microphone: Microphone, stop: () => Promise<void>, tell: (message: FromHandset) => void): Sound {
  const handset = new Handset(8000, tell)
  const startedMs = performance.now()
  let passed = 0
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - startedMs) * 8)
    // A tab that was asleep does not catch up on hours.
    passed = Math.max(passed, due - 8000)
    for (; passed + 160 <= due; passed += 160) handset.pass(new Float32Array(160), new Float32Array(160))
  }, 20)
  return {
    microphone: microphone.state === 'on' ? { state: 'off', why: 'This browser has no sound to offer.' } : microphone,
    take: (message) => handset.take(message),
    beep: () => {},
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await stop()
    },
  }
}

/** @returns why there is none, as a sentence, when there is none: the call goes on without it */
async function openMicrophone(): Promise<MediaStream | string> {
  if (navigator.mediaDevices === undefined)
    return 'Browsers give the microphone only to pages that come over https, or from this very machine.'
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    })
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError')
      return 'The microphone was refused. Allow it beside the address of this page, and call again.'
    if (name === 'NotFoundError') return 'This computer has no microphone.'
    if (name === 'NotReadableError') return 'Another program holds the microphone.'
    return 'The microphone could not be opened.'
  }
}

const ROWS_HZ = [697, 770, 852, 941]
const COLUMNS_HZ = [1209, 1336, 1477]
const KEYS = ['123', '456', '789', '*0#']

function beep(context: AudioContext, digit: string): void {
  const row = KEYS.findIndex((each) => each.includes(digit))
  const column = KEYS[row]?.indexOf(digit) ?? -1
  const gain = context.createGain()
  gain.gain.value = 0.06
  gain.connect(context.destination)
  for (const hz of [ROWS_HZ[row], COLUMNS_HZ[column]]) {
    if (hz === undefined) continue
    const tone = context.createOscillator()
    tone.frequency.value = hz
    tone.connect(gain)
    tone.start()
    tone.stop(context.currentTime + 0.12)
  }
}
