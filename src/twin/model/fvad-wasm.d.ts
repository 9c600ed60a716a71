/** The package ships no types: these are the functions of libfvad that Emscripten exports, and its heap. */
declare module '@echogarden/fvad-wasm' {
  interface Fvad {
    /** A view of the module's memory; replaced when the memory grows. */
    readonly HEAP16: Int16Array
    _malloc(bytes: number): number
    _free(address: number): void
    _fvad_new(): number
    _fvad_free(handle: number): void
    /** @param mode 0 to 3 */
    _fvad_set_mode(handle: number, mode: number): number
    /** @param rateHz 8000, 16000, 32000 or 48000 */
    _fvad_set_sample_rate(handle: number, rateHz: number): number
    /** @param samples 10, 20 or 30 ms of them @returns 1 voiced, 0 unvoiced, −1 refused */
    _fvad_process(handle: number, address: number, samples: number): number
  }
  export default function load(): Promise<Fvad>
}
