/** A caller whose model does what a test tells it. */
import type { TwinCall } from '../../src/twin/carrier/call.ts'
import type { CarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import type { PlainModel, PlainSession } from './plain-model.ts'

export interface PlainCall {
  readonly call: TwinCall
  readonly session: PlainSession
}

export interface PlainCallOptions {
  /** As the carrier knows it. */
  readonly webhookUrl: string
  /** The called number, which says which agent answers. */
  readonly to?: string
  /** Whether the carrier tells how the call goes. Default true. */
  readonly statusCallbacks?: boolean
}

/** Places a call and waits for nothing. */
export function dial(carrier: CarrierTwin, options: PlainCallOptions): Promise<TwinCall> {
  const { webhookUrl, to = '+15550100', statusCallbacks = true } = options
  return carrier.placeCall({
    webhookUrl,
    ...(statusCallbacks && { statusCallbackUrl: webhookUrl.replace(/voice$/, 'status') }),
    from: '+15550123',
    to,
    record: false,
  })
}

/** A call that is up, both its stream and its session. Calls are placed one after the other. */
export async function plainCall(
  carrier: CarrierTwin,
  model: PlainModel,
  options: PlainCallOptions,
): Promise<PlainCall> {
  const sessionsBefore = model.sessions.length
  const call = await dial(carrier, options)
  const session = await model.until(() => model.sessions[sessionsBefore], 'the session of the call')
  await model.until(() => session.configured, 'a configured session')
  await call.streaming
  return { call, session }
}

/** Until the caller has heard this much more of the agent; marks come back behind every item. */
export function heardMore(call: TwinCall, ms: number): Promise<void> {
  const enough = call.playedMs + ms
  return new Promise((resolve, reject) => {
    const stop = call.on((event) => {
      if (event.type === 'ended') reject(new Error(`the call ended with ${call.playedMs} of ${enough} ms heard`))
      // A mark comes back when what lies before it was played, to the fraction of a millisecond.
      else if (event.type !== 'mark-echoed' || call.playedMs < enough - 0.1) return
      stop()
      resolve()
    })
  })
}

/** What the model is told of a tool that it calls. */
export async function toolAnswer(
  model: PlainModel,
  session: PlainSession,
  call: { readonly callId: string; readonly name: string; readonly args: object },
): Promise<string> {
  session.callTools(call)
  const answer = await model.until(
    () => session.received.find(({ item }) => Object(item).call_id === call.callId),
    `the answer to ${call.callId}`,
  )
  return String(Object(answer.item).output)
}
