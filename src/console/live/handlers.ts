/** Live calls and the test phone, over the API. */
import type { LiveCall } from '../../bridge/bridge.ts'
import { hangUp, listenedIn, takeOver, type Undone, whisper } from '../../bridge/operators.ts'
import type { CallEvent } from '../../call/events.ts'
import type { Actor } from '../gate.ts'
import { ApiError } from '../http/errors.ts'
import type { HandlersOf } from '../http/handlers.ts'
import { Follow } from './follow.ts'
import { Listeners } from './listeners.ts'
import type { Notebook } from './notebook.ts'
import { Notebooks } from './notebooks.ts'
import { Wall } from './wall.ts'

export interface LiveParts {
  /** The switchboard. */
  readonly calls: { find(callId: string): LiveCall | undefined; readonly calls: readonly LiveCall[] }
  /** @returns how to stop; every event of every call from now on */
  readonly subscribe: (listener: (event: CallEvent) => void) => () => void
  /** Whether a number is one that our agents answer, which anybody may know. */
  readonly isOurs: (number: string) => boolean
  readonly isAgent: (name: string) => boolean
  readonly phones: TestPhones
  /** Lets the stand-in model of a call hear words; null: a real model listens. */
  readonly hears: ((call: LiveCall, words: string) => Promise<void>) | null
}

/** Telephones in browsers (carriers/browser). */
interface TestPhones {
  /** @returns where the phone's socket is; null: there are too many */
  place(call: { readonly agent: string; readonly from: string }): string | null
}

export type LiveHandlers = HandlersOf<
  'watchCalls' | 'followCall' | 'listen' | 'whisper' | 'takeOver' | 'hangUp' | 'placeTestCall' | 'sayForTwin'
>

/** Of the wall and of single calls together. */
const WATCHERS_MOST = 200
const LISTENERS_MOST = 50

/** @returns the handlers, and how to stop following what happens */
export function liveHandlers(parts: LiveParts): { readonly handlers: LiveHandlers; readonly stop: () => void } {
  const { calls, isOurs, phones, hears } = parts
  const follow = new Follow()
  const listeners = new Listeners()
  const notebooks = new Notebooks((notebook) => {
    follow.ended(notebook)
    wall.ended(notebook)
  })
  const wall = new Wall({
    calls: () => calls.calls,
    notebookOf: (callId) => notebooks.of(callId),
    listenersOf: (callId) => listeners.of(callId),
    isOurs,
  })
  const stop = parts.subscribe((event) => notebooks.take(event))

  const found = (callId: string): { call: LiveCall; notebook: Notebook } => {
    const call = calls.find(callId)
    const notebook = notebooks.of(callId)
    if (call === undefined || notebook === undefined) throw new ApiError('NOT_FOUND', NO_SUCH_CALL)
    return { call, notebook }
  }
  const roomToWatch = (): void => {
    if (wall.watchers + follow.followers < WATCHERS_MOST) return
    throw new ApiError('UNAVAILABLE', `${WATCHERS_MOST} people follow calls already: close a page that is not needed`)
  }

  const handlers: LiveHandlers = {
    watchCalls: async ({ actor }) => {
      roomToWatch()
      return (stream) => wall.watch(stream, isMasked(actor))
    },
    followCall: async ({ params, actor }) => {
      const { call, notebook } = found(params.callId)
      roomToWatch()
      return (stream) => follow.follow(call, notebook, stream, isMasked(actor))
    },
    listen: async ({ params, actor }) => {
      const { call } = found(params.callId)
      if (listeners.size >= LISTENERS_MOST)
        throw new ApiError('UNAVAILABLE', `${LISTENERS_MOST} people listen in already: close a page that is not needed`)
      refuse(listenedIn(calls, params.callId, actor.name))
      return (socket) => listeners.add(call, socket)
    },
    whisper: async ({ params, body, actor }) => {
      refuse(whisper(calls, params.callId, actor.name, body.text))
      return DONE
    },
    takeOver: async ({ params, body, actor, account }) => {
      account.detail = `to ${body.destination}`
      refuse(takeOver(calls, params.callId, actor.name, body.destination, body.say ?? null))
      return DONE
    },
    hangUp: async ({ params, actor }) => {
      refuse(hangUp(calls, params.callId, actor.name))
      return DONE
    },
    placeTestCall: async ({ body, actor, account }) => {
      account.target = body.agent.slice(0, 80)
      if (!parts.isAgent(body.agent)) throw new ApiError('NOT_FOUND', 'there is no agent of this name')
      const socket = phones.place({ agent: body.agent, from: actor.name })
      if (socket === null) throw new ApiError('UNAVAILABLE', 'too many test calls at a time: hang up one of them')
      return { socket, offline: hears !== null }
    },
    sayForTwin: async ({ params, body }) => {
      const { call } = found(params.callId)
      if (hears === null) throw new ApiError('CONFLICT', 'a real model listens to this call: speak to it')
      await hears(call, body.text)
      return DONE
    },
  }
  return { handlers, stop }
}

const DONE = { done: true } as const
const NO_SUCH_CALL = 'this call is not in progress'

function isMasked({ role }: Actor): boolean {
  return role === 'viewer'
}

function refuse(undone: Undone): void {
  if (undone === 'no-such-call') throw new ApiError('NOT_FOUND', NO_SUCH_CALL)
  if (undone === 'no-such-destination')
    throw new ApiError('BAD_REQUEST', 'the agent of this call has no destination of this name', [
      { path: 'body.destination', message: 'not one of the agent’s destinations' },
    ])
}
