/** µ-law for the browser (ITU-T G.711): the server's codec is a package that a worklet cannot load. Samples are −1 to 1. */

const BIAS = 132
const CLIP = 32_635

const SAMPLE_OF = Float32Array.from({ length: 256 }, (_, byte) => decodeByte(byte) / 32_768)

function decodeByte(byte: number): number {
  const code = ~byte & 0xff
  const magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS
  return (code & 0x80) === 0 ? magnitude : -magnitude
}

export function decodeMulaw(bytes: Uint8Array, samples: Float32Array): void {
  for (let at = 0; at < bytes.length; at++) samples[at] = SAMPLE_OF[bytes[at]!]!
}

/** Louder than full scale is clipped. */
export function encodeMulaw(samples: Float32Array, bytes: Uint8Array): void {
  for (let at = 0; at < samples.length; at++) bytes[at] = encodeSample(samples[at]!)
}

function encodeSample(sample: number): number {
  const pcm = Math.round(sample * 32_768)
  const sign = pcm < 0 ? 0x80 : 0
  const magnitude = Math.min(CLIP, Math.abs(pcm)) + BIAS
  // The highest bit set tells the segment: bit 7 is the lowest there is, by the bias.
  const exponent = 31 - Math.clz32(magnitude) - 7
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}

/** How loud a frame is, 0 to 1, on a scale in which speech moves a meter: −50 dB is its bottom. */
export function levelOf(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  const db = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-10)
  return Math.min(1, Math.max(0, (db + 50) / 45))
}
