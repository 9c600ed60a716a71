/** wasm/fir.wat in JavaScript: the same products in the same order, each sum and product rounded to float32. */
import { FIR_MEMORY_BYTES, type FirEngine } from './fir.ts'

/** An engine with a memory of its own, for machines without WebAssembly SIMD and for tests; some ten times slower. */
export function createFirTwin(): FirEngine {
  const memory = new ArrayBuffer(FIR_MEMORY_BYTES)
  const f32 = new Float32Array(memory)
  const i32 = new Int32Array(memory)
  const i16 = new Int16Array(memory)

  function fir(taps: number, tapsEnd: number, x: number, y: number, yStep: number, outputs: number): void {
    for (let i = 0; i < outputs; i++) {
      let sum = 0
      for (let tap = taps; tap < tapsEnd; tap += 8) {
        const input = f32[(x + i32[(tap + 4) >> 2]! + 4 * i) >> 2]!
        sum = Math.fround(sum + Math.fround(f32[tap >> 2]! * input))
      }
      const rounded = Math.floor(Math.fround(sum + 0.5))
      i16[(y + yStep * i) >> 1] = Math.max(-32_768, Math.min(32_767, rounded))
    }
  }

  return { fir, memory }
}
