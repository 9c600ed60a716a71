/**
 * What every provider must do, whatever its wire. A provider's test opens a rig (the provider under test, and the far
 * side of its wire) and passes it here; rules that only one wire has are in that provider's own tests.
 */
import { describe, expect, it } from 'vitest'
import { bytesPerMs } from '../../src/audio/format.ts'
import type { Provider, Session, SessionSettings } from '../../src/providers/provider.ts'
import { RecordingSessionSink } from './recording-session.ts'

export interface ProviderRig {
  readonly provider: Provider
  /** The next session that dials, from the moment the far side has heard of it. */
  dialled(): Promise<FarSession>
  /** The far side turns the next session away for good. */
  refuseNext(): void
  /** Sessions that the far side still holds a connection for, closed ones included while they take their leave. */
  connections(): Promise<number>
  close(): Promise<void>
}

/** The model's side of one session. */
export interface FarSession {
  /** Takes the settings that were asked for; resolves when the session may begin. */
  accept(): Promise<void>
  /** The next thing our side sent, once accepted. */
  hear(): Promise<FarHeard>
  startResponse(responseId: string): void
  speak(responseId: string, itemId: string, base64: string): void
  /** A complete function call, alone in its response. */
  callTool(responseId: string, toolCallId: string, name: string, args: string): void
  /** Takes the answer to a tool call into the conversation. */
  takeResult(toolCallId: string): void
  endResponse(responseId: string, status: 'completed' | 'cancelled'): void
  hearCaller(itemId: string): void
  /** The far side ends the session as servers do that restart. */
  leave(): void
  /** The network is gone, without a word. */
  cut(): void
  /** Our side has let go of the connection. */
  readonly gone: Promise<void>
}

export type FarHeard =
  | { readonly type: 'audio'; readonly base64: string }
  | { readonly type: 'seed'; readonly by: 'caller' | 'agent' | 'note'; readonly text: string }
  | { readonly type: 'create'; readonly instructions: string | null; readonly allowTools: boolean }
  | { readonly type: 'cancel'; readonly responseId: string }
  | { readonly type: 'truncate'; readonly itemId: string; readonly audioEndMs: number }
  | { readonly type: 'result'; readonly toolCallId: string; readonly output: string }

export const SETTINGS: SessionSettings = {
  instructions: 'You answer for Harbour Bikes.',
  wire: 'g711',
  model: {
    name: 'gpt-realtime-2.1',
    voice: 'marin',
    reasoning: 'low',
    speed: 1,
    maxOutputTokens: null,
    noiseReduction: null,
    transcription: { model: 'gpt-transcribe', language: null, prompt: null },
    truncation: 'auto',
  },
  turn: { detection: 'semantic_vad', eagerness: 'auto' },
  tools: [{ name: 'lookup_order', description: 'Finds an order.', parameters: { type: 'object', properties: {} } }],
  seed: [],
  callerPseudonym: 'caller-5f2c',
}

export function providerContract(name: string, openRig: () => Promise<ProviderRig>): void {
  const withRig = (test: (rig: ProviderRig) => Promise<void>) => async () => {
    const rig = await openRig()
    try {
      await test(rig)
    } finally {
      await rig.close()
    }
  }

  interface Running {
    readonly session: Session
    readonly sink: RecordingSessionSink
    readonly far: FarSession
  }

  async function running(rig: ProviderRig, settings: Partial<SessionSettings> = {}): Promise<Running> {
    const sink = new RecordingSessionSink()
    const session = rig.provider.open({ ...SETTINGS, ...settings }, sink)
    const far = await rig.dialled()
    await far.accept()
    await sink.first('ready')
    return { session, sink, far }
  }

  function useAll(session: Session): void {
    session.sendAudio(Buffer.alloc(160, 0xff), null)
    session.createResponse({ instructions: null, allowTools: true })
    session.cancelResponse('resp_x')
    session.truncateItem('item_x', 100)
    session.sendToolResult('call_x', '{}')
    session.tell('a note')
  }

  const GREETING = { type: 'create', instructions: 'Say hello.', allowTools: false } as const

  describe(`${name} keeps the provider contract`, () => {
    it(
      'names a format for each wire, of whole bytes a millisecond',
      withRig(async ({ provider }) => {
        for (const wire of ['pcm16', 'g711'] as const) {
          expect(Number.isInteger(bytesPerMs(provider.format(wire)))).toBe(true)
        }
      }),
    )

    it(
      'opens at once, tells nothing before the far side answers, and is ready once',
      withRig(async (rig) => {
        const sink = new RecordingSessionSink()
        rig.provider.open(SETTINGS, sink)
        expect(sink.events).toEqual([])
        const far = await rig.dialled()
        expect(sink.events).toEqual([])
        await far.accept()
        await sink.first('ready')
        expect(sink.events).toHaveLength(1)
      }),
    )

    it(
      'does nothing for a session that is not ready: the first thing heard is what was asked after',
      withRig(async (rig) => {
        const sink = new RecordingSessionSink()
        const session = rig.provider.open(SETTINGS, sink)
        useAll(session)
        const far = await rig.dialled()
        useAll(session)
        await far.accept()
        await sink.first('ready')
        session.createResponse({ instructions: 'Say hello.', allowTools: false })
        expect(await far.hear()).toEqual(GREETING)
      }),
    )

    it(
      'writes the conversation so far into the session, in order, before anything else',
      withRig(async (rig) => {
        const seed = [
          { type: 'caller', text: 'Is my bike ready?' },
          { type: 'agent', text: 'Let me see.' },
          { type: 'note', text: 'The line broke.' },
        ] as const
        const { session, far } = await running(rig, { seed })
        session.createResponse({ instructions: 'Say hello.', allowTools: false })
        for (const { type, text } of seed) expect(await far.hear()).toEqual({ type: 'seed', by: type, text })
        expect(await far.hear()).toEqual(GREETING)
      }),
    )

    it(
      'forwards caller audio in order: base64 untouched when given, else encoded from the bytes',
      withRig(async (rig) => {
        const { session, far } = await running(rig)
        const frame = Buffer.from([1, 2, 3, 250, 251, 252])
        session.sendAudio(frame, null)
        session.sendAudio(frame, 'AAEC')
        session.sendAudio(new Uint8Array(frame.buffer, frame.byteOffset + 1, 2), null)
        expect(await far.hear()).toEqual({ type: 'audio', base64: frame.toString('base64') })
        expect(await far.hear()).toEqual({ type: 'audio', base64: 'AAEC' })
        expect(await far.hear()).toEqual({ type: 'audio', base64: Buffer.from([2, 3]).toString('base64') })
      }),
    )

    it(
      'sends each request once, as it was asked',
      withRig(async (rig) => {
        const { session, far } = await running(rig)
        session.createResponse({ instructions: null, allowTools: true })
        session.createResponse({ instructions: 'Say hello.', allowTools: false })
        session.cancelResponse('resp_1')
        session.truncateItem('item_1', 740)
        session.sendToolResult('call_1', '{"status":"ready"}')
        session.tell('The caller pressed 5.')
        expect(await far.hear()).toEqual({ type: 'create', instructions: null, allowTools: true })
        expect(await far.hear()).toEqual(GREETING)
        expect(await far.hear()).toEqual({ type: 'cancel', responseId: 'resp_1' })
        expect(await far.hear()).toEqual({ type: 'truncate', itemId: 'item_1', audioEndMs: 740 })
        expect(await far.hear()).toEqual({ type: 'result', toolCallId: 'call_1', output: '{"status":"ready"}' })
        expect(await far.hear()).toEqual({ type: 'seed', by: 'note', text: 'The caller pressed 5.' })
      }),
    )

    it(
      'hands agent audio on as it came and in order, within its response',
      withRig(async (rig) => {
        const { sink, far } = await running(rig)
        far.startResponse('resp_1')
        const payloads = Array.from({ length: 20 }, (_, i) => Buffer.alloc(160, i).toString('base64'))
        for (const base64 of payloads) far.speak('resp_1', 'item_1', base64)
        far.endResponse('resp_1', 'completed')
        await sink.first('response-ended')
        expect(sink.heard).toEqual(payloads.map((base64) => ({ responseId: 'resp_1', itemId: 'item_1', base64 })))
        expect(sink.events.map((event) => event.type)).toEqual(['ready', 'response-started', 'response-ended'])
        expect(sink.all('response-ended')[0]).toMatchObject({ responseId: 'resp_1', status: 'completed' })
      }),
    )

    it(
      'drops audio that comes after its response was cancelled',
      withRig(async (rig) => {
        const { sink, far } = await running(rig)
        far.startResponse('resp_1')
        far.speak('resp_1', 'item_1', 'AAAA')
        far.endResponse('resp_1', 'cancelled')
        far.speak('resp_1', 'item_1', 'BBBB')
        far.startResponse('resp_2')
        far.speak('resp_2', 'item_2', 'CCCC')
        await sink.untilHeard(2)
        expect(sink.heard.map(({ base64 }) => base64)).toEqual(['AAAA', 'CCCC'])
      }),
    )

    it(
      'tells of a tool call once, and of its answer once the far side has taken it',
      withRig(async (rig) => {
        const { session, sink, far } = await running(rig)
        far.startResponse('resp_1')
        far.callTool('resp_1', 'call_1', 'lookup_order', '{"order":"B7"}')
        far.endResponse('resp_1', 'completed')
        await sink.first('response-ended')
        expect(sink.all('tool-called')).toEqual([
          expect.objectContaining({ toolCallId: 'call_1', name: 'lookup_order', arguments: '{"order":"B7"}' }),
        ])
        session.sendToolResult('call_1', '{"status":"ready"}')
        expect(await far.hear()).toMatchObject({ type: 'result', toolCallId: 'call_1' })
        far.takeResult('call_1')
        far.startResponse('resp_2')
        await sink.first('response-started', 2)
        expect(sink.all('tool-result-accepted')).toEqual([{ type: 'tool-result-accepted', toolCallId: 'call_1' }])
      }),
    )

    it(
      "tells of the caller's speech with the far side's ids",
      withRig(async (rig) => {
        const { sink, far } = await running(rig)
        far.hearCaller('item_9')
        await sink.first('turn-committed')
        expect(sink.all('speech-started')).toMatchObject([{ itemId: 'item_9' }])
        expect(sink.all('speech-stopped')).toMatchObject([{ itemId: 'item_9' }])
      }),
    )

    it.each([
      ['leaves', (far: FarSession) => far.leave()],
      ['is cut off', (far: FarSession) => far.cut()],
    ])('tells once, last, that the far side %s, and that another session can help', (_how, end) =>
      withRig(async (rig) => {
        const { session, sink, far } = await running(rig)
        far.startResponse('resp_1')
        far.speak('resp_1', 'item_1', 'AAAA')
        await sink.untilHeard(1)
        end(far)
        const closed = await sink.first('closed')
        expect(closed).toMatchObject({ code: 'PROVIDER_CLOSED', retry: true })
        useAll(session)
        session.close()
        await far.gone
        expect(sink.events.at(-1)).toBe(closed)
        expect(sink.all('closed')).toHaveLength(1)
      })(),
    )

    it(
      'tells of a refusal that no other session can help',
      withRig(async (rig) => {
        rig.refuseNext()
        const sink = new RecordingSessionSink()
        rig.provider.open(SETTINGS, sink)
        expect(await sink.first('closed')).toMatchObject({ code: 'PROVIDER_REFUSED', retry: false })
        expect(sink.events).toHaveLength(1)
      }),
    )

    it(
      'tells nothing at all after we close it, and lets go of the connection',
      withRig(async (rig) => {
        const { session, sink, far } = await running(rig)
        const before = sink.events.length
        session.close()
        far.startResponse('resp_1')
        far.speak('resp_1', 'item_1', 'AAAA')
        useAll(session)
        session.close()
        await far.gone
        expect(sink.events).toHaveLength(before)
        expect(sink.heard).toEqual([])
        expect(session.backlogBytes).toBe(0)
      }),
    )

    it(
      'leaves no connection behind when it is closed while it opens',
      withRig(async (rig) => {
        const sinks = Array.from({ length: 5 }, () => new RecordingSessionSink())
        for (const sink of sinks) rig.provider.open(SETTINGS, sink).close()
        const late = new RecordingSessionSink()
        const session = rig.provider.open(SETTINGS, late)
        const far = await rig.dialled()
        session.close()
        await far.gone
        await expect.poll(() => rig.connections()).toBe(0)
        for (const sink of [...sinks, late]) expect(sink.events).toEqual([])
      }),
    )
  })
}
