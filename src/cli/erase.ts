/** `earshot erase`: calls taken out of the log for good, with their recordings. */
import pino from 'pino'
import { RecordingStore } from '../call-log/recording-store.ts'
import { ConfigError, readConfig } from '../config/config.ts'
import { withLog } from './log.ts'

/** @throws ConfigError when neither a call nor a caller is named, or the log cannot be written */
export async function erase(options: { readonly call?: readonly string[]; readonly caller?: string }): Promise<void> {
  const { call = [], caller } = options
  if (call.length === 0 && caller === undefined) {
    throw new ConfigError('Name what to erase: --call <id…> or --caller <number>')
  }
  const { dataDir, recordingsS3 } = readConfig(process.env)
  await withLog(async (log) => {
    const callIds = [...new Set([...call, ...(caller === undefined ? [] : await log.callsOf(caller))])]
    const bucket =
      recordingsS3 === null ? null : (await import('../call-log/recording-bucket.ts')).openBucket(recordingsS3)
    const recordings = await RecordingStore.open({ dataDir, bucket, log: pino({ level: 'silent' }) })
    try {
      // Audio first: a call that is still in the log can be asked for again when this fails.
      let audio = 0
      for (const callId of callIds) if (await recordings.erase(callId)) audio++
      const { calls, events } = await log.erase(callIds)
      process.stdout.write(`Erased ${calls} calls (${events} events, ${audio} recordings).\n`)
    } finally {
      await recordings.close()
    }
  }, false)
}
