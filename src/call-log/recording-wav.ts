/**
 * The file that a recording becomes: a WAV of two channels of µ-law at 8 kHz (WAVE_FORMAT_MULAW), which every player opens.
 * Its first sample is call time 0, so that a moment of the call is always the same place in the file.
 */

export const SAMPLES_PER_MS = 8
export const CHANNELS = 2
/** µ-law for nothing. */
export const SILENCE = 0xff
export const WAV_HEADER_BYTES = 58

const WAVE_FORMAT_MULAW = 7
const SAMPLE_RATE_HZ = 8000
/** More does not fit in the header's fields: three days. */
export const SAMPLES_MOST = Math.floor((2 ** 32 - 1 - WAV_HEADER_BYTES) / CHANNELS)

/** @param samples of each channel */
export function wavHeader(samples: number): Buffer {
  const dataBytes = samples * CHANNELS
  const header = Buffer.alloc(WAV_HEADER_BYTES)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + dataBytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  // A format other than PCM says how long its extension is (not at all), and a fact chunk how many samples there are.
  header.writeUInt32LE(18, 16)
  header.writeUInt16LE(WAVE_FORMAT_MULAW, 20)
  header.writeUInt16LE(CHANNELS, 22)
  header.writeUInt32LE(SAMPLE_RATE_HZ, 24)
  header.writeUInt32LE(SAMPLE_RATE_HZ * CHANNELS, 28)
  header.writeUInt16LE(CHANNELS, 32)
  header.writeUInt16LE(8, 34)
  header.write('fact', 38, 'latin1')
  header.writeUInt32LE(4, 42)
  header.writeUInt32LE(samples, 46)
  header.write('data', 50, 'latin1')
  header.writeUInt32LE(dataBytes, 54)
  return header
}

/** @param bytes of the whole file */
export function wavDurationMs(bytes: number): number {
  return Math.max(0, bytes - WAV_HEADER_BYTES) / CHANNELS / SAMPLES_PER_MS
}
