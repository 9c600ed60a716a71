/** Once a day, what has been kept for as long as an agent's `retention` says goes: audio, then words, then all of a call. */
import type { CallArchive, Perishable } from './archive.ts'
import type { Recordings } from './recordings.ts'

interface KeptFor {
  readonly agent: string
  /** Days; null: until somebody erases it. */
  readonly audioDays: number | null
  readonly wordsDays: number | null
  readonly eventsDays: number | null
}

export interface RetentionParts {
  readonly archive: Pick<CallArchive, 'outdated' | 'erase' | 'forgetWords' | 'setRecording'>
  readonly recordings: Pick<Recordings, 'erase'>
  /** As the agents say it now. */
  readonly keptFor: () => readonly KeptFor[]
  /** ms since 1970 */
  readonly now: () => number
  /** Asked between the steps: what is left goes the next time. */
  readonly stopped?: () => boolean
}

/** How many calls lost what. */
export interface Swept {
  readonly audio: number
  readonly words: number
  readonly events: number
}

const DAY_MS = 86_400_000
/** Calls at a time: the files are cleared of them once for so many. */
const AT_A_TIME = 500

/** @throws what the archive or the store of recordings throws; what is left then goes the next time */
export async function sweep({ archive, recordings, keptFor, now, stopped }: RetentionParts): Promise<Swept> {
  const swept = { audio: 0, words: 0, events: 0 }
  const each = async (
    what: Perishable,
    agent: string,
    days: number | null,
    take: (callIds: readonly string[]) => Promise<unknown>,
  ): Promise<void> => {
    if (days === null) return
    while (stopped?.() !== true) {
      const callIds = await archive.outdated(what, agent, now() - days * DAY_MS, AT_A_TIME)
      if (callIds.length === 0) return
      await take(callIds)
      swept[what] += callIds.length
    }
  }
  for (const { agent, audioDays, wordsDays, eventsDays } of keptFor()) {
    // Whole calls first: of these nothing needs to be taken out piece by piece.
    await each('events', agent, eventsDays, async (callIds) => {
      for (const callId of callIds) await recordings.erase(callId)
      await archive.erase(callIds)
    })
    await each('audio', agent, audioDays, async (callIds) => {
      for (const callId of callIds) {
        await recordings.erase(callId)
        await archive.setRecording(callId, 'erased')
      }
    })
    await each('words', agent, wordsDays, (callIds) => archive.forgetWords(callIds))
  }
  return swept
}

export interface SweepOptions extends RetentionParts {
  /** Told when something has gone. */
  readonly onSwept: (swept: Swept) => void
  readonly onTrouble: (detail: string) => void
  /** Until the first time, so that a start has the disk for itself. Default a minute. */
  readonly firstAfterMs?: number
  /** Default a day. */
  readonly everyMs?: number
}

/** @returns how to stop; it waits for a sweep that is at work */
export function sweepDaily(options: SweepOptions): { close(): Promise<void> } {
  const { onSwept, onTrouble, firstAfterMs = 60_000, everyMs = DAY_MS } = options
  let closed = false
  let sweeping: Promise<void> = Promise.resolve()
  const tell = (swept: Swept): void => {
    if (swept.audio + swept.words + swept.events > 0) onSwept(swept)
  }
  const go = (): void => {
    sweeping = sweep({ ...options, stopped: () => closed })
      .then(tell, (error: unknown) => onTrouble(error instanceof Error ? error.message : String(error)))
      .then(() => plan(everyMs))
  }
  const plan = (afterMs: number): void => {
    if (!closed) timer = setTimeout(go, afterMs).unref()
  }
  let timer: NodeJS.Timeout | undefined
  plan(firstAfterMs)
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await sweeping
    },
  }
}
