/** An S3-compatible store of recordings: what is asked of it, through s3mini. */
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { S3mini, S3ServiceError } from 's3mini'
import type { S3Settings } from './settings.ts'

/** More goes up in pieces of this size, one after the other: so much is in memory at a time. S3 takes none below 5 MB. */
const PIECE_BYTES = 8 * 1024 * 1024
/** For one request that sends or asks; reading takes as long as whoever reads. */
const ANSWER_WITHIN_MS = 60_000

export interface Bucket {
  /** Null: there is no such object. */
  size(key: string): Promise<number | null>
  /** @param first @param last both included, both within the object */
  read(key: string, first: number, last: number): Promise<Readable | null>
  /** Fulfilled when the store has confirmed all of the file. */
  put(key: string, path: string, type: string): Promise<void>
  /** Whether or not it was there. */
  remove(key: string): Promise<void>
}

/** @param pieceBytes for tests, which have no time for large files */
export function openBucket(settings: S3Settings, pieceBytes = PIECE_BYTES): Bucket {
  const { url, region, keyId, secret } = settings
  const account = { endpoint: url, region, accessKeyId: keyId, secretAccessKey: secret }
  const s3 = new S3mini({ ...account, requestAbortTimeout: ANSWER_WITHIN_MS })
  const reader = new S3mini(account)

  async function size(key: string): Promise<number | null> {
    try {
      return await s3.getContentLength(key)
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw unreachable(error)
    }
  }

  async function putInPieces(key: string, path: string, bytes: number, type: string): Promise<void> {
    await using file = await open(path, 'r')
    const uploadId = await s3.getMultipartUploadId(key, type)
    try {
      const parts = []
      for (let at = 0; at < bytes; at += pieceBytes) {
        const piece = Buffer.alloc(Math.min(pieceBytes, bytes - at))
        await readWhole(file, piece, at)
        parts.push(await s3.uploadPart(key, uploadId, piece, parts.length + 1))
      }
      await s3.completeMultipartUpload(key, uploadId, parts)
    } catch (error) {
      // What was sent of it would be kept, and paid for.
      await s3.abortMultipartUpload(key, uploadId).catch(() => {})
      throw error
    }
  }

  async function putWhole(key: string, path: string, bytes: number, type: string): Promise<void> {
    await using file = await open(path, 'r')
    const all = Buffer.alloc(bytes)
    await readWhole(file, all, 0)
    await s3.putObject(key, all, type)
  }

  return {
    size,
    async read(key, first, last) {
      try {
        const response = await reader.getObjectRaw(key, false, first, last + 1)
        if (response.body === null) return null
        // The web's stream type of the package and Node's are one and the same object.
        return Readable.fromWeb(response.body as ReadableStream)
      } catch (error) {
        if (statusOf(error) === 404) return null
        throw unreachable(error)
      }
    },
    async put(key, path, type) {
      try {
        const bytes = await sizeOf(path)
        if (bytes > pieceBytes) await putInPieces(key, path, bytes, type)
        else await putWhole(key, path, bytes, type)
        const there = await size(key)
        if (there !== bytes) throw new Error(`the store holds ${there} of ${bytes} bytes`)
      } catch (error) {
        throw unreachable(error)
      }
    },
    async remove(key) {
      try {
        await s3.deleteObject(key)
      } catch (error) {
        if (statusOf(error) !== 404) throw unreachable(error)
      }
    },
  }
}

async function sizeOf(path: string): Promise<number> {
  await using file = await open(path, 'r')
  return (await file.stat()).size
}

async function readWhole(file: import('node:fs/promises').FileHandle, into: Buffer, at: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, at + done)
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
    done += bytesRead
  }
}

function statusOf(error: unknown): number | null {
  if (error instanceof S3ServiceError) return error.status
  if (error instanceof Error && error.cause instanceof S3ServiceError) return error.cause.status
  return null
}

/** What an operator can act on; the store's own words may hold addresses and keys. */
function unreachable(error: unknown): Error {
  if (error instanceof BucketError) return error
  const status = statusOf(error)
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const why =
    status === null ? code || (error instanceof Error ? error.message : String(error)) : `it answers ${status}`
  return new BucketError(`the store that RECORDINGS_S3_URL names does not work: ${why}`, { cause: error })
}

export class BucketError extends Error {
  override readonly name = 'BucketError'
}
