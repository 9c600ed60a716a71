/** The carrier under test on a real server. */
import Fastify from 'fastify'
import { pino } from 'pino'
import {
  type BrowserCarrier,
  type BrowserCarrierOptions,
  createBrowserCarrier,
} from '../../../src/carriers/browser/browser.ts'
import { RecordingExchange } from '../../contracts/recording-exchange.ts'

export interface Rig {
  readonly carrier: BrowserCarrier
  readonly exchange: RecordingExchange
  readonly url: string
  readonly log: string[]
  readonly clock: { nowMs: number }
  close(): Promise<void>
}

export async function openRig(options: Partial<BrowserCarrierOptions> = {}): Promise<Rig> {
  const log: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) })
  const app = Fastify({ logger: false })
  const exchange = new RecordingExchange()
  const clock = { nowMs: 0 }
  const carrier = createBrowserCarrier({ log: logger, now: () => clock.nowMs, ...options })
  await carrier.register(app, exchange)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { carrier, exchange, url, log, clock, close: () => app.close() }
}
