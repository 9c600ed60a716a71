/** The filter loop in WebAssembly SIMD (wasm/fir.wat), and its JavaScript twin where a machine has none. */
import type { Fir, FirEngine } from './fir.ts'
import { createFirTwin } from './fir-twin.ts'
import { FIR_WASM_BASE64 } from './wasm/fir.ts'

// @types/node leaves this global to TypeScript's DOM library, which a server does not load.
declare const WebAssembly: {
  validate(bytes: Uint8Array<ArrayBuffer>): boolean
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  Instance: new (module: object) => { readonly exports: object }
}

/** The engine of this process: one instance and one memory, shared by every call. */
export function loadFirEngine(): FirEngine {
  return loadWasmEngine(FIR_WASM_BASE64) ?? createFirTwin()
}

/** @returns undefined where the processor has no SIMD for WebAssembly; WebAssembly itself Node needs to read TypeScript */
export function loadWasmEngine(base64: string): FirEngine | undefined {
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
