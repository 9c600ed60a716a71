/** G.711: the two laws of the telephone network, 8 kHz mono, one byte a sample (ITU-T G.711). */
import alawmulaw from 'alawmulaw'

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte)
const PCM_OF_MULAW = alawmulaw.mulaw.decode(EVERY_BYTE)
const PCM_OF_ALAW = alawmulaw.alaw.decode(EVERY_BYTE)

// One byte for each of the 65,536 samples, found by the sample's own bits (`pcm & 0xffff`): a lookup has no branches,
// the companding arithmetic has six. The package's encoders return −256…−1 for µ-law, hence the mask.
const MULAW_OF_PCM = tableOf((sample) => alawmulaw.mulaw.encodeSample(sample) & 255)
const ALAW_OF_PCM = tableOf((sample) => alawmulaw.alaw.encodeSample(sample) & 255)

/**
 * µ-law to linear PCM16, one byte to one sample.
 * @param mulaw 8 kHz mono; a 20 ms frame is 160 bytes
 * @param pcm written in place from its start; the caller owns it and reuses it for every frame
 * @throws RangeError when pcm is shorter than mulaw: a bug of ours, never bad input
 */
export function decodeMulaw(mulaw: Uint8Array, pcm: Int16Array): void {
  decode(PCM_OF_MULAW, mulaw, pcm)
}

/** A-law to linear PCM16; as {@link decodeMulaw}. A-law has no zero: its silence, 0xD5, is +8. */
export function decodeAlaw(alaw: Uint8Array, pcm: Int16Array): void {
  decode(PCM_OF_ALAW, alaw, pcm)
}

/**
 * Linear PCM16 to µ-law, one sample to one byte. Every code but one survives decoding and encoding: 0x7F (minus zero)
 * decodes to 0, and 0 encodes to 0xFF (plus zero).
 * @param mulaw written in place from its start; the caller owns it
 * @param samples how many samples of pcm to encode; all of them when left out
 * @throws RangeError when pcm or mulaw is shorter than that: a bug of ours, never bad input
 */
export function encodeMulaw(pcm: Int16Array, mulaw: Uint8Array, samples: number = pcm.length): void {
  encode(MULAW_OF_PCM, pcm, mulaw, samples)
}

/** Linear PCM16 to A-law; as {@link encodeMulaw}, but every one of the 256 codes survives. */
export function encodeAlaw(pcm: Int16Array, alaw: Uint8Array, samples: number = pcm.length): void {
  encode(ALAW_OF_PCM, pcm, alaw, samples)
}

function decode(table: Int16Array, bytes: Uint8Array, pcm: Int16Array): void {
  if (pcm.length < bytes.length) throw new RangeError(`pcm holds ${pcm.length} of ${bytes.length} samples`)
  for (let i = 0; i < bytes.length; i++) pcm[i] = table[bytes[i]!]!
}

function encode(table: Uint8Array, pcm: Int16Array, bytes: Uint8Array, samples: number): void {
  if (pcm.length < samples) throw new RangeError(`pcm has ${pcm.length} of ${samples} samples`)
  if (bytes.length < samples) throw new RangeError(`the output holds ${bytes.length} of ${samples} bytes`)
  for (let i = 0; i < samples; i++) bytes[i] = table[pcm[i]! & 0xffff]!
}

function tableOf(encodeSample: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536)
  for (let sample = -32_768; sample <= 32_767; sample++) table[sample & 0xffff] = encodeSample(sample)
  return table
}
