/** The filter loop under resample.ts: WebAssembly SIMD where there is any, its JavaScript twin elsewhere. */
import { createFirTwin } from './fir-twin.ts'
import { FIR_WASM_BASE64 } from './wasm/fir.ts'

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

// @types/node leaves this global to TypeScript's DOM library, which a server does not load.
declare const WebAssembly:
  | {
      validate(bytes: Uint8Array<ArrayBuffer>): boolean
      Module: new (bytes: Uint8Array<ArrayBuffer>) => object
      Instance: new (module: object) => { readonly exports: object }
    }
  | undefined

export const FIR_MEMORY_BYTES = 65_536
export const FIR_SLACK = 15

/** The engine of this process: one instance and one memory, shared by every call. */
export function loadFirEngine(): FirEngine {
  return loadWasmEngine(FIR_WASM_BASE64) ?? createFirTwin()
}

/** @returns undefined where this machine has no WebAssembly, or none with SIMD */
export function loadWasmEngine(base64: string): FirEngine | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  const binary = bytesOfBase64(base64)
  if (!WebAssembly.validate(binary)) return undefined
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary))
  const { fir, memory } = exports as { fir: Fir; memory: { readonly buffer: ArrayBuffer } }
  return { fir, memory: memory.buffer }
}

const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Buffer is Node's and Uint8Array.fromBase64 is newer than Node 24; this runs once, on one short constant. */
function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  const digits = base64.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4))
  let bits = 0
  let waiting = 0
  let at = 0
  for (const digit of digits) {
    bits = (bits << 6) | BASE64_DIGITS.indexOf(digit)
    waiting += 6
    if (waiting >= 8) {
      waiting -= 8
      bytes[at++] = (bits >> waiting) & 255
    }
  }
  return bytes
}
