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

/** Two hundred more, each of them once in a place where something could pick it up. */
const PLANTED = Array.from({ length: 200 }, (_, i) => `Zq${(i * 7919 + 104_729).toString(36)}xv`)
const planted = (from: number, to: number) => PLANTED.slice(from, to).join(' ')

const SAID = `${WORDS} ${planted(150, 190)}`

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
      - { name: pays, arguments: { card: '${CARD} ${planted(0, 30)}' } }
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
  pays: { ...card, handler: () => ({ paidBy: NAME, card: CARD, more: planted(30, 60) }) },
  breaks: {
    ...card,
    handler: () => {
      throw Object.assign(new TypeError(`no account of ${NAME}`, { cause: new Error(`${CARD} ${planted(60, 80)}`) }), {
        card: planted(80, 90),
      })
    },
  },
  hangs: { ...card, timeoutMs: 50, handler: () => new Promise(() => {}) },
}

describe.concurrent('the log of the server', () => {
  it('holds no number and no word of a caller, whatever goes wrong', async () => {
    const transcribed = 'conversation.item.input_audio_transcription.completed'
    const faults = [
      { fault: 'garbled', at: transcribed, as: 'json' },
      { fault: 'failed', after: 2, message: `${NAME} said: ${WORDS} ${planted(90, 110)}` },
    ] as const
    await using world = await openWorld({ agents, tools, model: { faults } })
    const caller = await world.place({
      from: NUMBER,
      webhookUrl: `${world.earshot.url}/twilio/voice?name=${encodeURIComponent(NAME)}&card=${CARD}`,
      statusCallbackUrl: `${world.earshot.url}/twilio/status?card=${CARD}`,
      extraParams: {
        CallerName: `${NAME} ${planted(110, 130)}`,
        FromCity: 'ABERDEEN',
        SpeechResult: planted(130, 150),
      },
      faults: [
        { fault: 'garbled', at: 'media', after: 20, times: 3, as: 'base64' },
        { fault: 'garbled', at: 'media', after: 40, times: 3, as: 'json' },
        { fault: 'unknown-event', after: 60 },
      ],
    })
    await caller.agentSaid(1)
    caller.session.hears(SAID)
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
    const refused = await fetch(`${world.earshot.url}/twilio/voice?card=${CARD}&more=${PLANTED[190]}`, {
      method: 'POST',
      body: `From=${NUMBER}&Body=${planted(191, 195)}`,
      headers: { 'x-more': planted(195, 198) },
    })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    const lost = await fetch(`${world.earshot.url}/nowhere/${PLANTED[198]}?more=${PLANTED[199]}`)
    const told = `${await refused.text()}${await lost.text()}`
    const measured = await (await fetch(`${world.earshot.url}/metrics`)).text()
    expect(measured).toContain('earshot_tool_seconds')
    await world.expectNothingLeft()

    expect(caller.callerWords).toEqual([SAID, `${WORDS} and bye`])
    expect(
      caller
        .bodies('dtmf')
        .map(({ digit }) => digit)
        .join(''),
    ).toBe(`${KEYS}#`)
    const logged = [...world.logged, told, measured].join('')
    expect(logged).toContain('call ended')
    expect(logged).toContain('tool failed')
    for (const secret of [
      ...PLANTED,
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
