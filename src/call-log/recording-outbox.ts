/**
 * Recordings on their way to the bucket, and those that are to go from it: each waits in a folder until the bucket has
 * confirmed it, however often that must be tried and however often the server is started meanwhile.
 */

import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InTurn } from '../database/in-turn.ts'
import type { Bucket } from './recording-bucket.ts'
import { writeWhole } from './recording-finish.ts'
import { ifMissing, type RecordingFolder } from './recording-folder.ts'

/** Waits between tries; the last one repeats. */
const RETRY_MS = [1_000, 2_000, 5_000, 15_000, 60_000, 300_000] as const

export interface OutboxOptions {
  /** Told when the bucket begins to fail, and when it works again. */
  readonly onTrouble: (detail: string | null) => void
  readonly retryMs?: readonly number[]
}

export class Outbox {
  readonly #folder: RecordingFolder
  readonly #bucket: Bucket
  readonly #options: OutboxOptions
  /** One thing at a time: what is sent and what is erased may be the same call's. */
  readonly #turn = new InTurn()
  #working: Promise<void> | null = null
  #again = false
  #failures = 0
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(folder: RecordingFolder, bucket: Bucket, options: OutboxOptions) {
    this.#folder = folder
    this.#bucket = bucket
    this.#options = options
  }

  /** There may be something to do. */
  kick(): void {
    if (this.#closed) return
    if (this.#working !== null) {
      this.#again = true
      return
    }
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#working = this.#work().finally(() => {
      this.#working = null
      if (!this.#again) return
      this.#again = false
      this.kick()
    })
  }

  /**
   * Nothing of a call may be left in the bucket: tried now, and until it has worked.
   * @returns whether there was something  @throws BucketError when it could not be done yet
   */
  async erase(callId: string): Promise<boolean> {
    await writeWhole(this.#order(callId), Buffer.alloc(0))
    const here = await this.#folder.erase(callId)
    try {
      const there = await this.#turn.run(async () => {
        const size = await this.#bucket.size(wavKey(callId))
        await this.#carryOut(callId)
        return size !== null
      })
      return here || there
    } catch (error) {
      this.#tryLater()
      throw error
    }
  }

  /** Whether it was asked that nothing of a call be left. */
  async isErased(callId: string): Promise<boolean> {
    return (await stat(this.#order(callId)).catch(ifMissing)) !== null
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#working
    await this.#turn.idle
  }

  async #work(): Promise<void> {
    try {
      for (const callId of await this.#folder.callsWith('erase')) {
        if (this.#closed) return
        await this.#turn.run(() => this.#carryOut(callId))
      }
      for (const callId of await this.#folder.callsWith('wav')) {
        if (this.#closed) return
        await this.#turn.run(() => this.#send(callId))
      }
      if (this.#failures > 0) this.#options.onTrouble(null)
      this.#failures = 0
    } catch (error) {
      if (this.#failures === 0) this.#options.onTrouble(error instanceof Error ? error.message : String(error))
      this.#tryLater()
    }
  }

  async #send(callId: string): Promise<void> {
    if (await this.isErased(callId)) return
    // It may have been erased since it was listed.
    if ((await this.#folder.size(callId)) === null) return
    try {
      await this.#folder.peaks(callId)
      await this.#bucket.put(peaksKey(callId), this.#folder.peaksFile(callId), 'application/octet-stream')
      await this.#bucket.put(wavKey(callId), this.#folder.wav(callId), 'audio/wav')
    } catch (error) {
      if (!(await this.isErased(callId))) throw error
    }
    // Erased while it was sent: the order to do so stands, and follows in its turn.
    await this.#folder.erase(callId)
  }

  async #carryOut(callId: string): Promise<void> {
    await this.#folder.erase(callId)
    await this.#bucket.remove(wavKey(callId))
    await this.#bucket.remove(peaksKey(callId))
    await rm(this.#order(callId), { force: true })
  }

  #order(callId: string): string {
    return join(this.#folder.path, `${callId}.erase`)
  }

  #tryLater(): void {
    const { retryMs = RETRY_MS } = this.#options
    const waitMs = retryMs[Math.min(this.#failures, retryMs.length - 1)] ?? 0
    this.#failures++
    if (this.#closed) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.kick(), waitMs).unref()
  }
}

export function wavKey(callId: string): string {
  return `${callId}.wav`
}

export function peaksKey(callId: string): string {
  return `${callId}.peaks`
}
