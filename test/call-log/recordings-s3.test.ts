import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bucket, openBucket } from '../../src/call-log/recording-bucket.ts'
import { RecordingStore } from '../../src/call-log/recording-store.ts'
import { frame, recordingsContract } from '../contracts/recordings.ts'
import { S3StandIn } from '../s3/stand-in.ts'
import { recordingOf } from '../scenarios/recorded.ts'

const ACCOUNT = { keyId: 'AKEARSHOT', secret: 'a-secret/with+signs', region: 'eu-central-1' }
const FOLDER = '/2026/calls'
/** So that minutes go up in many pieces. */
const PIECE_BYTES = 1_000_000

let dataDir: string
let s3: S3StandIn
let told: string[]
let store: RecordingStore
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-recordings-'))
  s3 = await S3StandIn.open(ACCOUNT)
  told = []
  store = await openStore()
})
afterEach(async () => {
  await store.close()
  await s3[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

function bucket(account = ACCOUNT): Bucket {
  return openBucket({ url: `${s3.url}${FOLDER}`, ...account }, PIECE_BYTES)
}

function openStore(): Promise<RecordingStore> {
  const log = {
    warn: (fields: object, message: string) => void told.push(`${message} ${JSON.stringify(fields)}`),
    info: (_: object, message: string) => void told.push(message),
  }
  return RecordingStore.open({ dataDir, bucket: bucket(), log, retryMs: [5, 10] })
}

async function waiting(): Promise<string[]> {
  return (await readdir(join(dataDir, 'recordings', 'outbox'))).sort()
}

async function keep(callId: string, frames = 100): Promise<void> {
  const recorder = store.record(callId, 's3', () => {})
  for (let at = 0; at < frames; at++) {
    recorder.caller(frame(at), at * 20)
    if (at % 500 === 499) await expect.poll(() => recorder.keptMs, { interval: 1 }).toBeGreaterThan(at * 20 - 15_000)
  }
  recorder.ended()
}

async function sent(): Promise<void> {
  await store.idle()
  await expect.poll(waiting, { timeout: 20_000, interval: 5 }).toEqual([])
}
const keys = () => [...s3.objects.keys()].sort()

describe('the contract', () => {
  recordingsContract('a bucket', async () => ({
    store,
    where: 's3',
    settled: sent,
    traces: async (callId) => {
      const objects = keys().filter((key) => key.includes(`/${callId}.`))
      return [...objects, ...(await waiting()).filter((name) => name.startsWith(`${callId}.`))]
    },
    close: async () => expect(s3.refused).toEqual([]),
  }))
})

describe('on the way to the bucket', () => {
  it('a recording is kept here until it is there, and is then there alone', async () => {
    const open = Promise.withResolvers<void>()
    s3.gate = open.promise
    await keep('call_1')
    expect((await store.info('call_1'))?.durationMs).toBe(2000)
    const here = await recordingOf(store, 'call_1')
    expect((await stat(join(dataDir, 'recordings', 'outbox', 'call_1.wav'))).mode & 0o777).toBe(0o600)
    open.resolve()
    await sent()
    expect(keys()).toEqual(['2026/calls/call_1.peaks', '2026/calls/call_1.wav'])
    expect((await recordingOf(store, 'call_1'))?.equals(here!)).toBe(true)
    expect(s3.refused).toEqual([])
  })

  it('is tried until it works: refused, cut off in the middle, or of the wrong length', async () => {
    let left = 6
    s3.mischief = ({ method }) => {
      if (method !== 'PUT' || left <= 0) return null
      left--
      return left % 3 === 0 ? 'cut' : left % 3 === 1 ? 503 : 403
    }
    await keep('call_1')
    await sent()
    expect(left).toBe(0)
    expect((await store.info('call_1'))?.durationMs).toBe(2000)
    expect(told.length).toBe(2)
    expect(told[0]).toMatch(/^recordings wait to be sent .*RECORDINGS_S3_URL names does not work/)
    expect(told[1]).toBe('recordings are sent again')
    expect(told.join()).not.toContain(ACCOUNT.secret)
  })

  it('goes up in pieces when it is long, and leaves none behind when one of them fails', async () => {
    let cut = 0
    s3.mischief = ({ query }) => (query.includes('partNumber=2') && cut++ < 3 ? 500 : null)
    await keep('call_1', 7000)
    await sent()
    expect(cut).toBe(4)
    expect(s3.openUploads).toBe(0)
    expect(s3.objects.get('2026/calls/call_1.wav')?.length).toBe(58 + 2 * 8 * 140_000)
  })

  it('waits for the next start when the server is stopped', async () => {
    s3.mischief = () => 503
    await keep('call_1')
    await store.info('call_1')
    await store.close()
    expect(await waiting()).toContain('call_1.wav')
    s3.mischief = () => null
    store = await openStore()
    await sent()
    expect(keys()).toContain('2026/calls/call_1.wav')
  })
})

describe('erasing', () => {
  it('is done until it is done, also by the next start, and what is to be gone is gone for everybody', async () => {
    await keep('call_1')
    await sent()
    s3.mischief = ({ method }) => (method === 'DELETE' ? 503 : null)
    await expect(store.erase('call_1')).rejects.toThrow(/does not work: it answers 503/)
    expect(await store.info('call_1')).toBeNull()
    expect(await store.read('call_1', 0, 10)).toBeNull()
    await store.close()
    expect(await waiting()).toEqual(['call_1.erase'])
    s3.mischief = () => null
    store = await openStore()
    await sent()
    expect(keys()).toEqual([])
  })

  it('of a recording that is being sent leaves nothing of it anywhere', async () => {
    const open = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    s3.mischief = ({ method }) => {
      if (method === 'PUT') reached.resolve()
      return null
    }
    await keep('call_1')
    await store.info('call_1')
    await reached.promise
    s3.gate = open.promise
    const erased = store.erase('call_1')
    open.resolve()
    expect(await erased).toBe(true)
    await sent()
    expect(keys()).toEqual([])
  })
})

it('says what is wrong when the key is wrong, and not the key', async () => {
  const wrong = bucket({ ...ACCOUNT, secret: 'another' })
  await expect(wrong.size('x')).rejects.toThrow('the store that RECORDINGS_S3_URL names does not work: it answers 403')
  expect(s3.refused).toEqual(['another signature'])
})
