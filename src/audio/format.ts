/** Audio encodings and rates, and the arithmetic between bytes and milliseconds. All audio here is mono. */

export type Encoding = 'mulaw' | 'alaw' | 'pcm16'
export type SampleRateHz = 8000 | 16000 | 24000

export interface AudioFormat {
  readonly encoding: Encoding
  readonly sampleRateHz: SampleRateHz
}

/** What every phone carrier here speaks: G.711 µ-law, 8 kHz, one byte a sample. */
export const MULAW_8K: AudioFormat = { encoding: 'mulaw', sampleRateHz: 8000 }
/** The A-law half of G.711, used outside North America and Japan. */
export const ALAW_8K: AudioFormat = { encoding: 'alaw', sampleRateHz: 8000 }
/** Signed 16-bit little-endian at the only PCM rate the realtime API takes (fact sheet, section 4). */
export const PCM16_24K: AudioFormat = { encoding: 'pcm16', sampleRateHz: 24000 }

/** One frame is 20 ms everywhere in this project: 160 bytes of G.711. */
export const FRAME_MS = 20

export function bytesPerMs(format: AudioFormat): number {
  return (format.sampleRateHz / 1000) * (format.encoding === 'pcm16' ? 2 : 1)
}

export function bytesToMs(format: AudioFormat, bytes: number): number {
  return bytes / bytesPerMs(format)
}

export function frameBytes(format: AudioFormat): number {
  return bytesPerMs(format) * FRAME_MS
}

/** The byte that means silence: 0xFF in µ-law, 0xD5 in A-law (ITU-T G.711), 0 in PCM16. */
export function silenceByte(encoding: Encoding): number {
  return encoding === 'mulaw' ? 0xff : encoding === 'alaw' ? 0xd5 : 0
}

export function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.encoding === b.encoding && a.sampleRateHz === b.sampleRateHz
}
