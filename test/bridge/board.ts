/** A switchboard on paper: real calls, a clock that stands still, and a model that never says a word. */
import { expect } from 'vitest'
import { PCM16_24K } from '../../src/audio/format.ts'
import { Switchboard } from '../../src/bridge/switchboard.ts'
import type { CallEvent, EventBody } from '../../src/call/events.ts'
import type { Provider, SessionSettings } from '../../src/providers/provider.ts'
import { told } from '../agents/config-folder.ts'

/** A Friday in Berlin at eleven in the morning. */
const OPEN = Date.parse('2026-11-20T10:00:00Z')

/** @returns it, and what it opened and recorded */
export async function openBoard(files: Readonly<Record<string, string>>) {
  const named = Object.entries(files).map(([name, yaml]) => [`agents/${name}.yaml`, `instructions: hi\n${yaml}\n`])
  const { agents, problems } = await told(Object.fromEntries(named))
  expect(problems).toEqual([])
  const opened: SessionSettings[] = []
  const recorded: EventBody[] = []
  const nothing = () => {}
  const listeners = new Set<(event: CallEvent) => void>()
  const subscribe = (listener: (event: CallEvent) => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  const silent: Provider = {
    name: 'openai',
    format: () => PCM16_24K,
    open: (settings) => {
      opened.push(settings)
      const session = { sendAudio: nothing, createResponse: nothing, cancelResponse: nothing, truncateItem: nothing }
      return { ...session, sendToolResult: nothing, instruct: nothing, tell: nothing, close: nothing, backlogBytes: 0 }
    },
  }
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log }
  const clock = { at: OPEN }
  const board = new Switchboard({
    agents: () => agents,
    toolsOf: () => new Map(),
    providerOf: () => silent,
    priceOf: () => null,
    recorderOf: () => ({ caller: nothing, agent: nothing, ended: nothing, discard: nothing }),
    journal: {
      record: (callId, body, at, atMs) => {
        recorded.push(body)
        const event: CallEvent = { v: 1, callId, seq: recorded.length, at, atMs, body }
        for (const listener of listeners) listener(event)
        return event
      },
      durable: async () => {},
      resume: nothing,
      subscribe,
      end: nothing,
      close: async () => {},
      behind: null,
      openCalls: 0,
      waitingEvents: 0,
    },
    log,
    now: () => clock.at,
    wallClock: () => clock.at,
    maxCalls: 1000,
  })
  let rung = 0
  const ring = ({ from = '+15550123', to = '+15550100' } = {}) =>
    board.answer({ carrier: 'twilio', carrierCallId: `CA${++rung}`, from, to })
  return { board, subscribe, clock, opened, recorded, ring, hangUp: () => board.hangUpAll('operator-hung-up', 'test') }
}
