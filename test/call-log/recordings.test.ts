import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RecordingStore, type RecordingStoreOptions } from '../../src/call-log/recording-store.ts'
import { frame, recordingsContract } from '../contracts/recordings.ts'
import { recordingOf, tracksOf } from '../scenarios/recorded.ts'

const quiet = { warn: () => {}, info: () => {} }
let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-recordings-'))
})
afterEach(async () => {
  await chmod(join(dataDir, 'recordings'), 0o700).catch(() => {})
  await rm(dataDir, { recursive: true, force: true })
})

function openStore(log: RecordingStoreOptions['log'] = quiet): Promise<RecordingStore> {
  return RecordingStore.open({ dataDir, bucket: null, log })
}

async function names(): Promise<string[]> {
  return (await readdir(join(dataDir, 'recordings'), { recursive: true })).filter((name) => name !== 'outbox').sort()
}

recordingsContract('a folder', async () => {
  const store = await openStore()
  return {
    store,
    where: 'disk',
    settled: () => store.idle(),
    traces: async (callId) => (await names()).filter((name) => name.startsWith(`${callId}.`)),
    close: () => store.close(),
  }
})

describe('what is on the disk', () => {
  it('may be read by the owner of the process alone', async () => {
    await mkdir(join(dataDir, 'recordings'), { mode: 0o755 })
    const store = await openStore()
    const recorder = store.record('call_1', 'disk', () => {})
    recorder.caller(frame(0), 0)
    recorder.ended()
    await store.close()
    expect((await stat(join(dataDir, 'recordings'))).mode & 0o777).toBe(0o700)
    expect(await names()).toEqual(['call_1.peaks', 'call_1.wav'])
    for (const name of await names()) expect((await stat(join(dataDir, 'recordings', name))).mode & 0o777).toBe(0o600)
  })

  it('is worked out anew when the peaks are gone or torn', async () => {
    const store = await openStore()
    const recorder = store.record('call_1', 'disk', () => {})
    for (let at = 0; at < 500; at++) recorder.caller(frame(at), at * 20)
    recorder.ended()
    await store.close()
    const peaks = await store.peaks('call_1')
    const file = join(dataDir, 'recordings', 'call_1.peaks')
    await truncate(file, 30)
    expect(await store.peaks('call_1')).toEqual(peaks)
    await rm(file)
    expect(await store.peaks('call_1')).toEqual(peaks)
    expect((await stat(file)).size).toBeGreaterThan(1000)
  })

  it('is cleared of what was half done', async () => {
    await (await openStore()).close()
    for (const name of ['call_1.wav.tmp', 'call_2.peaks', 'outbox/call_3.wav.tmp'])
      await writeFile(join(dataDir, 'recordings', name), 'x')
    await (await openStore()).close()
    expect(await names()).toEqual([])
  })
})

describe('after a crash', () => {
  /** What a call of two seconds leaves when its process is gone before it was finished. */
  async function leave(callId: string): Promise<string> {
    const store = await openStore()
    const recorder = store.record(callId, 'disk', () => {})
    for (let at = 0; at < 100; at++) recorder.caller(frame(at), at * 20)
    for (let at = 0; at < 50; at++) recorder.agent(frame(at, 7), at * 20)
    const part = join(dataDir, 'recordings', `${callId}.1.part`)
    await expect
      .poll(async () => (await stat(part).catch(() => null))?.size ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(24_000)
    const bytes = await readFile(part)
    recorder.discard()
    await store.close()
    await writeFile(part, bytes, { mode: 0o600 })
    return part
  }

  it('what was written becomes the recording', async () => {
    await leave('call_1')
    const store = await openStore()
    expect(await store.info('call_1')).toBeNull()
    expect(await store.repair(async () => true)).toEqual({ kept: ['call_1'], lost: [] })
    const { caller, agent } = tracksOf((await recordingOf(store, 'call_1'))!)
    expect(caller.equals(Buffer.concat(Array.from({ length: 100 }, (_, at) => frame(at))))).toBe(true)
    expect(agent.subarray(0, 8000).equals(Buffer.concat(Array.from({ length: 50 }, (_, at) => frame(at, 7))))).toBe(
      true,
    )
    expect(await names()).toEqual(['call_1.peaks', 'call_1.wav'])
    expect(await store.repair(async () => true)).toEqual({ kept: [], lost: [] })
    await store.close()
  })

  it('a tail that is torn anywhere costs that piece, and what is no audio at all costs nothing before it', async () => {
    const part = await leave('call_1')
    const whole = await readFile(part)
    for (const cut of [1, 15, 17, 4000, whole.length - 1]) {
      await writeFile(part, whole.subarray(0, whole.length - cut))
      const store = await openStore()
      const { kept } = await store.repair(async () => true)
      const wav = await recordingOf(store, 'call_1')
      if (kept.length > 0) {
        const { caller } = tracksOf(wav!)
        expect(Buffer.concat(Array.from({ length: 100 }, (_, at) => frame(at))).indexOf(caller.subarray(0, 1600))).toBe(
          0,
        )
      }
      expect(wav === null).toBe(kept.length === 0)
      await store.erase('call_1')
      await store.close()
    }
    // As a power cut leaves it: the length is there, and the bytes are not.
    await writeFile(part, whole)
    await appendFile(part, Buffer.alloc(8192))
    const store = await openStore()
    expect((await store.repair(async () => true)).kept).toEqual(['call_1'])
    expect((await store.info('call_1'))?.durationMs).toBe(2000)
    await store.close()
  })

  it('nothing is kept of a caller who had said no, nor of a call that had not begun to be written', async () => {
    await leave('call_1')
    await writeFile(join(dataDir, 'recordings', 'call_2.1.part'), '')
    const store = await openStore()
    expect(await store.repair(async (callId) => callId !== 'call_1')).toEqual({ kept: [], lost: ['call_2'] })
    expect(await names()).toEqual([])
    await store.close()
  })
})

describe('a disk that fails', () => {
  it('stops that recording alone, once, and says why without a path', async () => {
    const told: unknown[] = []
    const store = await openStore({ warn: (...fields: unknown[]) => void told.push(fields), info: () => {} })
    // Root may write anywhere: a folder stands where the file would.
    await mkdir(join(dataDir, 'recordings', 'call_1.1.part'))
    const failed = Promise.withResolvers<[string, number]>()
    let failures = 0
    const recorder = store.record('call_1', 'disk', (...why) => {
      failures++
      failed.resolve(why)
    })
    for (let at = 0; at < 100; at++) recorder.caller(frame(at), at * 20)
    expect(await failed.promise).toEqual(['the recording cannot be written (EEXIST)', 0])
    recorder.caller(frame(100), 2000)
    recorder.ended()
    const other = store.record('call_2', 'disk', () => failures++)
    other.caller(frame(0), 0)
    other.ended()
    await store.close()
    expect(failures).toBe(1)
    expect(await store.info('call_2')).not.toBeNull()
    expect(JSON.stringify(told)).not.toContain(dataDir)
  })

  it('that refuses the finished file keeps what was written, and leaves nothing half done', async () => {
    const store = await openStore()
    const peaks = join(dataDir, 'recordings', 'call_1.peaks')
    await mkdir(peaks)
    const recorder = store.record('call_1', 'disk', () => {})
    for (let at = 0; at < 100; at++) recorder.caller(frame(at), at * 20)
    recorder.ended()
    await store.idle()
    expect(await store.info('call_1')).toBeNull()
    expect(await names()).toEqual(['call_1.1.part', 'call_1.peaks'])
    await rm(peaks, { recursive: true })
    expect(await store.repair(async () => true)).toEqual({ kept: ['call_1'], lost: [] })
    expect((await store.info('call_1'))?.durationMs).toBe(2000)
    await store.close()
  })

  it('holds no more than half a minute for one that does not answer', async () => {
    const store = await openStore()
    let why = ''
    const recorder = store.record('call_1', 'disk', (detail) => {
      why = detail
    })
    // All at once: nothing can have been written yet.
    let at = 0
    for (; why === '' && at < 10_000; at++) recorder.caller(frame(at), at * 20)
    expect(why).toBe('the disk takes longer to write than the call to speak')
    expect(at * 20).toBeGreaterThan(30_000)
    expect(at * 20).toBeLessThan(70_000)
    recorder.ended()
    await store.close()
  })
})
