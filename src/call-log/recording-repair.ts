/** At the start after a crash: what calls left of their audio becomes recordings, unless their callers had said no. */
import type { CallEvent } from '../call/events.ts'
import type { CallArchive } from './archive.ts'
import type { RecordingStore } from './recording-store.ts'
import type { CallLog } from './store.ts'

interface Log {
  warn(fields: object, message: string): void
}

/** Never throws: a call is not refused because an old recording cannot be mended. */
export async function repairRecordings(
  recordings: RecordingStore,
  callLog: Pick<CallLog, 'events'> & Pick<CallArchive, 'setRecording'>,
  log: Log,
): Promise<void> {
  try {
    const isWanted = async (callId: string) => !wasWithdrawn(await callLog.events(callId))
    const { kept, lost } = await recordings.repair(isWanted)
    for (const callId of kept) await callLog.setRecording(callId, 'kept')
    for (const callId of lost) await callLog.setRecording(callId, 'none')
    if (kept.length > 0) log.warn({ calls: kept.length }, 'recordings that were cut off have been repaired')
    if (lost.length > 0)
      log.warn({ calls: lost.length }, 'of these calls no audio was written before the server stopped')
  } catch (error) {
    log.warn({ err: error }, 'recordings that were cut off could not be repaired, and are tried at the next start')
  }
}

function wasWithdrawn(events: readonly CallEvent[]): boolean {
  const last = events.findLast(({ body }) => body.type === 'recording-started' || body.type === 'recording-stopped')
  return last?.body.type === 'recording-stopped' && last.body.why === 'consent-withdrawn'
}
