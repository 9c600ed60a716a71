/** What the filter loop under resample.ts is asked for: in WebAssembly by fir-wasm.ts, in JavaScript by fir-twin.ts. */

/**
 * One output stream of a filter, over the engine's memory. Addresses are in bytes.
 * @param taps address of the list of taps: for each a float32 coefficient, then an int32 byte offset
 * @param tapsEnd address after the last tap
 * @param x address of the float32 input; tap t of output i reads the float at x + offset[t] + 4 i
 * @param y address of the first int16 output, clipped
 * @param yStep bytes from one output to the next
 * @param outputs how many are wanted; up to {@link FIR_SLACK} more may be computed and written, so x and y need room for them
 */
export type Fir = (taps: number, tapsEnd: number, x: number, y: number, yStep: number, outputs: number) => void

export interface FirEngine {
  readonly fir: Fir
  /** {@link FIR_MEMORY_BYTES} long and never replaced, so views of it may be kept. */
  readonly memory: ArrayBuffer
}

export const FIR_MEMORY_BYTES = 65_536
export const FIR_SLACK = 15
