import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FIR_MEMORY_BYTES, FIR_SLACK, type FirEngine } from '../../src/audio/fir.ts'
import { createFirTwin } from '../../src/audio/fir-twin.ts'
import { loadFirEngine, loadWasmEngine } from '../../src/audio/fir-wasm.ts'
import { assembleFir, firSource } from '../../src/audio/wasm/build.ts'
import { FIR_WASM_BASE64 } from '../../src/audio/wasm/fir.ts'
import { firstDifference, noises } from './tones.ts'

const X = 8192
const Y = 32_768
const INPUTS = 400

it('the committed binary is fir.wat assembled: if not, npm run wasm', async () => {
  const binary = await assembleFir()
  expect(Buffer.from(binary).equals(Buffer.from(FIR_WASM_BASE64, 'base64'))).toBe(true)
  expect(readFileSync(new URL('../../src/audio/wasm/fir.ts', import.meta.url), 'utf8')).toBe(firSource(binary))
})

it('this machine filters in WebAssembly, in one memory that is never replaced', () => {
  const engine = loadWasmEngine(FIR_WASM_BASE64)
  expect(engine?.memory.byteLength).toBe(FIR_MEMORY_BYTES)
  expect(engine?.fir.length).toBe(6)
  expect(loadFirEngine().fir.toString()).toContain('native code')
})

it('a binary this machine cannot run is not run', () => {
  expect(loadWasmEngine(Buffer.from('not WebAssembly').toString('base64'))).toBeUndefined()
  expect(loadWasmEngine('')).toBeUndefined()
})

interface Filtering {
  readonly taps: readonly { coefficient: number; offset: number }[]
  readonly input: ArrayLike<number>
  readonly yStep: number
  readonly outputs: number
}

function filter(engine: FirEngine, { taps, input, yStep, outputs }: Filtering): number[] {
  const view = new DataView(engine.memory)
  taps.forEach(({ coefficient, offset }, i) => {
    view.setFloat32(8 * i, coefficient, true)
    view.setInt32(8 * i + 4, 4 * offset, true)
  })
  // What lies beyond the input is left of the run before, which the other engine has not seen.
  for (let i = 0; i < INPUTS; i++) view.setFloat32(X + 4 * i, input[i] ?? 0, true)
  engine.fir(0, 8 * taps.length, X, Y, yStep, outputs)
  return Array.from({ length: outputs }, (_, i) => view.getInt16(Y + yStep * i, true))
}

it('one loop, two languages: the same 16 bits for any taps, inputs and lengths', () => {
  const wasm = loadFirEngine()
  const twin = createFirTwin()
  const float = (most: number) => fc.float({ min: -Math.fround(most), max: Math.fround(most), noNaN: true })
  const coefficient = fc.oneof(float(2), float(1e-30), float(5000), fc.constantFrom(0.5, -0.5, 1, 1 / 3))
  const tap = fc.record({ coefficient, offset: fc.nat(200) })
  // A list followed by its negative leaves nothing but what rounding left: it shows the order of every sum.
  const taps = fc
    .tuple(fc.array(tap, { minLength: 1, maxLength: 60 }), fc.boolean())
    .map(([list, undo]) => [
      ...list,
      ...(undo ? list.map(({ coefficient, offset }) => ({ coefficient: -coefficient, offset })) : []),
    ])
  const filtering: fc.Arbitrary<Filtering> = fc.record({
    taps,
    input: noises(INPUTS),
    yStep: fc.constantFrom(2, 4, 6),
    outputs: fc.nat(200 - FIR_SLACK),
  })
  fc.assert(
    fc.property(filtering, (run) => {
      expect(firstDifference(filter(wasm, run), filter(twin, run))).toBeUndefined()
    }),
  )
})

it.each([
  ['WebAssembly', loadFirEngine],
  ['JavaScript', createFirTwin],
])('%s rounds halves up, clips at 16 bits, and stays silent when asked for nothing', (_, load) => {
  const engine = load()
  const one = { coefficient: 0.5, offset: 0 }
  const heard = (input: number[], taps = [one]) => filter(engine, { taps, input, yStep: 2, outputs: input.length })
  expect(heard([0, 1, 2, 3, -1, -2, -3])).toEqual([0, 1, 1, 2, 0, -1, -1])
  expect(heard([32_767, -32_768, 8192, -8192], [{ coefficient: 4, offset: 0 }])).toEqual([
    32_767, -32_768, 32_767, -32_768,
  ])
  const view = new DataView(engine.memory)
  view.setInt16(Y, 1234, true)
  engine.fir(0, 8, X, Y, 2, 0)
  expect(view.getInt16(Y, true)).toBe(1234)
})
