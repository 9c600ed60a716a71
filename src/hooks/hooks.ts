/**
 * Tells those whom an agent's file names that a call has ended: at least once, for up to 24 hours, from an outbox that
 * outlives the process. No call ever waits for any of it.
 */
import type { CallEvent } from '../call/events.ts'
import type { CallRow } from '../call-log/rows.ts'
import type { AgentVersion } from '../call-log/store.ts'
import type { Outgoing } from '../tools/network/outgoing.ts'
import { nextAttempt, TRIED_MS, verdictOf } from './attempts.ts'
import { messageId, messageOf } from './message.ts'
import type { DueMessage, Outbox } from './outbox.ts'
import { signedHeaders, signingKey } from './signature.ts'
import { type HookTarget, secretOf, targetsIn } from './targets.ts'

/** What is asked of the call log. */
interface EndedCalls {
  call(callId: string): Promise<CallRow | null>
  events(callId: string): Promise<CallEvent[]>
  agentVersion(name: string, version: string): Promise<AgentVersion | null>
}

export interface HookParts {
  readonly outbox: Outbox
  readonly calls: EndedCalls
  readonly outgoing: Pick<Outgoing, 'send'>
  /** Whom the agent's file names today: whoever is not named any more is told nothing. */
  readonly targetsNow: (agent: string) => readonly HookTarget[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  /** ms since 1970 */
  readonly now: () => number
  /** @returns how to take it back */
  readonly setTimer?: (run: () => void, afterMs: number) => () => void
  readonly random?: () => number
  /** How long a receiver may take. */
  readonly timeoutMs?: number
  /** How long attempts under way may still take when the server is being stopped. */
  readonly graceMs?: number
}

const MOST_AT_ONCE = 16
const MOST_AT_ONE_URL = 4
/** Nothing is read of an answer but its status. */
const ANSWER_MOST_BYTES = 1024
/** How often calls are looked for that ended without a message. */
const LOOK_AGAIN_MS = 10 * 60_000
const LOOKED_AT_ONCE = 200
/** How long is known what a call's message came to, so that it is not sent again. */
const KNOWN_MS = 7 * 24 * 60 * 60_000
const VERSIONS_KEPT = 500

export class Hooks implements AsyncDisposable {
  readonly #parts: HookParts
  readonly #setTimer: NonNullable<HookParts['setTimer']>
  readonly #abort = new AbortController()
  readonly #sending = new Set<Promise<void>>()
  readonly #busy = new Map<string, number>()
  readonly #targets = new Map<string, readonly HookTarget[]>()
  #work: Promise<unknown> = Promise.resolve()
  #cancelSend: () => void = () => {}
  #cancelLook: () => void = () => {}
  #closed = false

  constructor(parts: HookParts) {
    this.#parts = parts
    this.#setTimer = parts.setTimer ?? realTimer
  }

  /** Looks for calls that ended without a message, now and every while: a server that was lost may have left some. */
  start(): void {
    void this.#inOrder(async () => {
      await this.#tellUntold()
      await this.#parts.outbox.forget(this.#parts.now() - KNOWN_MS)
      await this.#send()
    }).finally(() => {
      if (!this.#closed) this.#cancelLook = this.#setTimer(() => this.start(), LOOK_AGAIN_MS)
    })
  }

  /** A call has ended, and the log has it. Never throws and never makes anybody wait. */
  ended(callId: string): void {
    void this.#inOrder(async () => {
      if (await this.#post(callId)) await this.#send()
    })
  }

  /** Lets attempts under way finish for a moment; all else waits in the outbox for the next start. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelSend()
    this.#cancelLook()
    await this.#work
    const { graceMs = 3_000 } = this.#parts
    if (graceMs === 0) this.#abort.abort()
    const cancel = this.#setTimer(() => this.#abort.abort(), graceMs)
    await Promise.all(this.#sending)
    cancel()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** One thing after the other, whatever becomes of each: what fails is found again by the next look. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(async () => {
      if (!this.#closed) await work()
    })
    const told = done.catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error)
      this.#parts.log.error({ detail }, 'webhooks cannot be worked on: they wait, and are looked at again')
    })
    this.#work = told
    return told
  }

  async #tellUntold(): Promise<void> {
    let from = this.#parts.now() - TRIED_MS
    let after = ''
    for (;;) {
      const calls = await this.#parts.outbox.untold(from, after, LOOKED_AT_ONCE)
      for (const { callId } of calls) await this.#post(callId)
      const last = calls.at(-1)
      if (last === undefined || calls.length < LOOKED_AT_ONCE || this.#closed) return
      from = last.endedAt
      after = last.callId
    }
  }

  /** @returns whether there is anything to send */
  async #post(callId: string): Promise<boolean> {
    const { calls, outbox, now } = this.#parts
    const call = await calls.call(callId)
    // Not folded yet: the next look finds it.
    if (call === null || call.endedAt === null) return false
    const targets = await this.#targetsOf(call)
    if (targets.length === 0) return false
    const events = targets.some(({ words }) => words) ? await calls.events(callId) : []
    await outbox.add(
      targets.map(({ url, words }) => ({
        messageId: messageId(callId, url),
        callId,
        agent: call.agent,
        url,
        body: JSON.stringify(messageOf(call, events, words)),
        createdAt: now(),
      })),
    )
    return true
  }

  /** Those whom the call's own version names: whoever came later has not asked for calls of before. */
  async #targetsOf({ agent, agentVersion }: CallRow): Promise<readonly HookTarget[]> {
    const key = `${agent} ${agentVersion}`
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    const version = await this.#parts.calls.agentVersion(agent, agentVersion)
    const targets = version === null ? [] : targetsIn(version.text)
    const [oldest] = this.#targets.keys()
    if (this.#targets.size >= VERSIONS_KEPT && oldest !== undefined) this.#targets.delete(oldest)
    if (version !== null) this.#targets.set(key, targets)
    return targets
  }

  async #send(): Promise<void> {
    const { outbox, now } = this.#parts
    for (;;) {
      const free = MOST_AT_ONCE - this.#sending.size
      // Whoever ends an attempt looks again.
      if (free <= 0 || this.#closed) return
      const full = [...this.#busy].filter(([, count]) => count >= MOST_AT_ONE_URL).map(([url]) => url)
      // One at a time of what is left of an address's share would be many queries; a share at a time never goes beyond it by more.
      const due = await outbox.take(now(), Math.min(free, MOST_AT_ONE_URL), full)
      for (const message of due) this.#begin(message)
      if (due.length > 0) continue
      const nextAt = await outbox.nextAt(full)
      this.#cancelSend()
      if (nextAt === null || this.#closed) return
      const waitMs = Math.min(Math.max(nextAt - now(), 0), LOOK_AGAIN_MS)
      this.#cancelSend = this.#setTimer(() => void this.#inOrder(() => this.#send()), waitMs)
      return
    }
  }

  #begin(message: DueMessage): void {
    const { url } = message
    this.#busy.set(url, (this.#busy.get(url) ?? 0) + 1)
    const sent = this.#attempt(message)
      .catch((error: unknown) => {
        const detail = error instanceof Error ? error.message : String(error)
        this.#parts.log.error({ detail }, 'what became of a webhook could not be written down: it is sent again')
      })
      .finally(() => {
        this.#sending.delete(sent)
        const left = (this.#busy.get(url) ?? 1) - 1
        if (left === 0) this.#busy.delete(url)
        else this.#busy.set(url, left)
        void this.#inOrder(() => this.#send())
      })
    this.#sending.add(sent)
  }

  async #attempt(message: DueMessage): Promise<void> {
    const { outbox, log, now, random = Math.random, targetsNow } = this.#parts
    const { agent, attempts, createdAt, url } = message
    // An address may hold a secret in its path; its host tells enough.
    const fields = { agent, callId: message.callId, host: URL.parse(url)?.host ?? '', attempts }
    const target = targetsNow(agent).find((each) => each.url === url)
    if (target === undefined) {
      log.info(fields, 'a webhook is dropped: the agent names its receiver no more')
      return outbox.settle(message.messageId, { state: 'gone' })
    }
    const verdict = await this.#deliver(message, target)
    if (verdict === null) return
    if (verdict.type === 'done') return outbox.settle(message.messageId, { state: 'done' })
    if (verdict.type === 'gone') {
      log.warn(fields, 'a webhook is stopped: its receiver answered 410 Gone')
      return outbox.settle(message.messageId, { state: 'gone' })
    }
    const { error, notBeforeMs } = verdict
    const nextAt = nextAttempt({ createdAt, attempts, now: now(), notBeforeMs }, random())
    if (nextAt === null) {
      log.error({ ...fields, error }, 'a webhook is given up: it was tried for 24 hours')
      return outbox.settle(message.messageId, { state: 'dead', error })
    }
    log.warn({ ...fields, error }, 'a webhook was not delivered, and is tried again')
    return outbox.settle(message.messageId, { state: 'waiting', error, nextAt })
  }

  /** @returns null when the server is being stopped: the message is taken up again */
  async #deliver(
    { messageId: id, url, body }: DueMessage,
    target: HookTarget,
  ): Promise<ReturnType<typeof verdictOf> | null> {
    const { outgoing, env, now, timeoutMs = 15_000 } = this.#parts
    const key = signingKey(secretOf(target, env) ?? '')
    const again = (error: string) => ({ type: 'again', error, notBeforeMs: 0 }) as const
    if (key === null) return again(`${target.signingSecret} is not set to whsec_ and base64 of 24 to 64 bytes`)
    const parsed = URL.parse(url)
    if (parsed === null) return again('its address cannot be read')
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)])
    const result = await outgoing.send({
      method: 'POST',
      url: parsed,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'earshot',
        ...signedHeaders(key, id, Math.floor(now() / 1000), body),
      },
      body,
      maxBytes: ANSWER_MOST_BYTES,
      reuse: true,
      signal,
    })
    return this.#abort.signal.aborted && result.type === 'failed' ? null : verdictOf(result)
  }
}

const realTimer = (run: () => void, afterMs: number): (() => void) => {
  const timer = setTimeout(run, afterMs).unref()
  return () => clearTimeout(timer)
}
