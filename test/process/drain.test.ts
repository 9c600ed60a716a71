import { expect, it } from 'vitest'
import { type CarrierTwin, createCarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import { PlainModel } from '../hostile/plain-model.ts'
import { SteadyCall } from '../hostile/steady-call.ts'
import { Folder, freePort, get, run, ServerChild } from './server-child.ts'

const AUTH_TOKEN = 'token'
const AGENT = 'instructions: Talk on.\nnumbers: ["*"]\naudio: { wire: g711 }\ntools: [end_call]\n'

class Place implements AsyncDisposable {
  readonly folder: Folder
  readonly carrier: CarrierTwin = createCarrierTwin({ authToken: AUTH_TOKEN })
  readonly model: PlainModel
  readonly server: ServerChild

  private constructor(model: PlainModel, folder: Folder, server: ServerChild) {
    this.model = model
    this.folder = folder
    this.server = server
  }

  static async open(...options: readonly string[]): Promise<Place> {
    const folder = new Folder({ 'config/agents/steady.yaml': AGENT }).withPricing()
    const model = await PlainModel.listen()
    const port = String(await freePort())
    const env = { PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`, TWILIO_AUTH_TOKEN: AUTH_TOKEN }
    const server = await ServerChild.ready({
      program: ['src/main.ts', 'serve', ...options],
      env: { ...folder.env, ...env, OPENAI_BASE_URL: model.url },
    })
    return new Place(model, folder, server)
  }

  get webhookUrl(): string {
    return `${this.server.url}/twilio/voice`
  }

  /** The first signal, and that it was taken. */
  async stop(): Promise<void> {
    this.server.signal('SIGTERM')
    await this.server.until(() => /SIGTERM: no new calls; 1 live/.test(this.server.stdout), 'the answer to the signal')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.carrier.close()
    await this.server.kill()
    await this.model[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }
}

it('SIGTERM refuses new calls, lets a live one go on to its goodbye and hang up in order, and ends with 0', async () => {
  await using place = await Place.open()
  const { model, server, carrier, webhookUrl } = place
  // The callback that tells of the end would find nobody any more.
  const steady = await SteadyCall.place(carrier, model, webhookUrl, false)
  await place.stop()
  expect(await get(`${server.url}/readyz`)).toEqual({
    status: 503,
    text: '{"ready":false,"why":"the server is being stopped","liveCalls":1}',
  })
  const refused = await carrier.placeCall({ webhookUrl, from: '+15550124', to: '+15550100' })
  expect((await refused.ended).why).toBe('hangup-verb')
  expect(refused.saidByCarrier).toEqual([expect.stringMatching(/all lines are busy/)])
  expect(model.sessions).toHaveLength(1)

  // The agent says goodbye: the caller hears all of it, and the carrier is told to hang up by a server that is still there.
  steady.endSpeech()
  steady.session.callTools({ callId: 'call_1', name: 'end_call', args: {} })
  await model.until(() => steady.session.received.some(({ type }) => type === 'response.create'), 'the last question')
  steady.session.speak().done()
  expect((await steady.call.ended).why).toBe('hangup-verb')
  expect({ errors: steady.call.errors, warnings: steady.call.warnings }).toEqual({ errors: [], warnings: [] })
  expect(await server.exited).toEqual({ code: 0, signal: null })
  expect(server.stderr).toBe('')
})

it('a call that outlives its grace is hung up in order', async () => {
  await using place = await Place.open('--grace-seconds', '0.2')
  const { model, server, carrier, webhookUrl } = place
  // The callback that tells of the end would find nobody any more.
  const steady = await SteadyCall.place(carrier, model, webhookUrl, false)
  await place.stop()
  expect((await steady.call.ended).why).toBe('hangup-verb')
  expect(steady.call.errors).toEqual([])
  expect(await server.exited).toEqual({ code: 0, signal: null })
  const { stdout } = await run(['calls'], place.folder.env)
  expect(stdout).toMatch(/the server was being stopped/)
})

it('a second signal ends the process at once', async () => {
  await using place = await Place.open()
  const { model, server, carrier, webhookUrl } = place
  const { call } = await SteadyCall.place(carrier, model, webhookUrl)
  await place.stop()
  server.signal('SIGTERM')
  expect(await server.exited).toEqual({ code: 1, signal: null })
  await call.hangUp()
})
