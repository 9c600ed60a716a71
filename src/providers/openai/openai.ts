/** OpenAI's realtime models, and servers that speak the same protocol. */
import { type AudioFormat, MULAW_8K, PCM16_24K } from '../../audio/format.ts'
import type { Provider, SessionSettings, SessionSink } from '../provider.ts'
import { Heartbeat } from './heartbeat.ts'
import { lineTo, TUNING, type Tuning } from './line.ts'
import { OpenAiSession } from './session.ts'
import type { OpenAiSettings } from './settings.ts'

export interface OpenAiProvider extends Provider {
  open(settings: SessionSettings, sink: SessionSink): OpenAiSession
}

/** @param tuning how long what takes and how often what is tried; for tests */
export function createOpenAiProvider(settings: OpenAiSettings, tuning: Partial<Tuning> = {}): OpenAiProvider {
  const tuned = { ...TUNING, ...tuning }
  const heartbeat = new Heartbeat(tuned.pingEveryMs)
  return {
    name: 'openai',
    format(wire): AudioFormat {
      return wire === 'g711' ? MULAW_8K : PCM16_24K
    },
    open(session, sink) {
      const line = lineTo(settings, session.model.name, session.callerPseudonym)
      return new OpenAiSession(line, session, sink, heartbeat, tuned)
    },
  }
}
