import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { openWorld } from './world.ts'

const QUESTION = 'Where is my order'
/** What nobody but the caller, the model and the backend may know. Each is planted where a log could pick it up. */
const CARD = '4929001122334455'
const NAME = 'Philippa Private'
const WORDS = 'my mother was born in Aberdeen'
const AGENT_WORDS = 'Your password is swordfish.'
const NUMBER = '+15557654321'
const KEYS = '987612'

vi.setConfig({ maxConcurrency: 20 })
beforeAll(() => speak(QUESTION, { voice: 'rms' }))
afterAll(closeSpeech)

const agents = {
  one: {
    tools: ['pays', 'breaks', 'hangs', 'transfer_call'],
    yaml: `destinations: { workshop: { phone: "${NUMBER}" } }`,
    script: `
rules:
  - { when: { hears: bye }, call: [{ name: transfer_call }] }
  - when: { hears: mother }
    call:
      - { name: pays, arguments: { card: '${CARD}' } }
      - { name: pays, arguments: { card: ['${CARD}'] } }
      - { name: breaks, arguments: { card: '${CARD}' } }
      - { name: hangs, arguments: { card: '${CARD}' } }
  - { when: { toolResult: transfer_call }, say: Certainly. }
otherwise: ${AGENT_WORDS}
`,
  },
}
const card = { parameters: 'z.object({ card: z.string() })' }
const tools = {
  pays: { ...card, handler: () => ({ paidBy: NAME, card: CARD }) },
  breaks: {
    ...card,
    handler: () => {
      throw Object.assign(new TypeError(`no account of ${NAME}`, { cause: new Error(CARD) }), { card: CARD })
    },
  },
  hangs: { ...card, timeoutMs: 50, handler: () => new Promise(() => {}) },
}

describe.concurrent('the log of the server', () => {
  it('holds no number and no word of a caller, whatever goes wrong', async () => {
    const transcribed = 'conversation.item.input_audio_transcription.completed'
    const faults = [
      { fault: 'garbled', at: transcribed, as: 'json' },
      { fault: 'failed', after: 2, message: `${NAME} said: ${WORDS}` },
    ] as const
    await using world = await openWorld({ agents, tools, model: { faults } })
    const caller = await world.place({
      from: NUMBER,
      webhookUrl: `${world.earshot.url}/twilio/voice?name=${encodeURIComponent(NAME)}&card=${CARD}`,
      statusCallbackUrl: `${world.earshot.url}/twilio/status?card=${CARD}`,
      extraParams: { CallerName: NAME, FromCity: 'ABERDEEN', SpeechResult: WORDS },
      faults: [
        { fault: 'garbled', at: 'media', after: 20, times: 3, as: 'base64' },
        { fault: 'garbled', at: 'media', after: 40, times: 3, as: 'json' },
        { fault: 'unknown-event', after: 60 },
      ],
    })
    await caller.agentSaid(1)
    caller.session.hears(WORDS)
    await caller.call.say(QUESTION)
    await caller.event('tool-answered', { nth: 4 })
    await caller.agentSaid(2)
    await caller.call.sendDtmf(`${KEYS}#`)
    await caller.agentSaid(3)
    caller.session.hears(`${WORDS} and bye`)
    await caller.call.say(QUESTION)
    await caller.call.ended

    // Strangers, who may say anything.
    await world.place({ from: NUMBER, session: false, faults: [{ fault: 'altered-signature', at: 'webhook' }] })
    const refused = await fetch(`${world.earshot.url}/twilio/voice?card=${CARD}`, {
      method: 'POST',
      body: `From=${NUMBER}`,
    })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    await world.expectNothingLeft()

    expect(caller.callerWords).toEqual([WORDS, `${WORDS} and bye`])
    expect(
      caller
        .bodies('dtmf')
        .map(({ digit }) => digit)
        .join(''),
    ).toBe(`${KEYS}#`)
    const logged = world.logged.join('')
    expect(logged).toContain('call ended')
    expect(logged).toContain('tool failed')
    for (const secret of [
      CARD,
      NAME,
      'Private',
      WORDS,
      'Aberdeen',
      'ABERDEEN',
      'swordfish',
      NUMBER,
      '7654321',
      KEYS,
      QUESTION,
    ]) {
      expect(logged).not.toContain(secret)
    }
  })
})
