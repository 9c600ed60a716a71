/** Assembles fir.wat and writes its bytes into fir.ts: `npm run wasm`. A development tool; the product never runs it. */
import { readFileSync, writeFileSync } from 'node:fs'
import wabt from 'wabt'

/** The WebAssembly binary of fir.wat, as wabt assembles it. */
export async function assembleFir(): Promise<Uint8Array> {
  const source = readFileSync(new URL('fir.wat', import.meta.url), 'utf8')
  const module = (await wabt()).parseWat('fir.wat', source, { simd: true })
  try {
    module.validate()
    return Uint8Array.from(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}

/** The text of fir.ts for a binary. */
export function firSource(binary: Uint8Array): string {
  const lines =
    Buffer.from(binary)
      .toString('base64')
      .match(/.{1,100}/g) ?? []
  return [
    '/** fir.wat assembled. Written by `npm run wasm`; change fir.wat, not this. */',
    'export const FIR_WASM_BASE64 = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('')",
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(new URL('fir.ts', import.meta.url), firSource(await assembleFir()))
