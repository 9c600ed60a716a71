/**
 * A loose world around a call: a provider, a carrier and a bridge that behave plausibly, and are pushed from one thing to
 * the next by a list of choices. It does what the call commands, in its own time, and knows nothing of the call's state.
 */
import type { CallCommand } from '../../src/call/commands.ts'
import type { EndReason } from '../../src/call/end-reason.ts'
import type { CallFact, ToolEffect } from '../../src/call/facts.ts'
import { NO_USAGE } from '../../src/call/usage.ts'

/** What may happen next, and how likely it is beside what else is possible. */
const MOVES = {
  'session-ready': 60,
  'session-closes': 1,
  'leg-attaches': 30,
  'leg-closes': 1,
  'caller-speaks': 4,
  'caller-stops': 30,
  'turn-committed': 60,
  'words-come': 8,
  'provider-starts': 60,
  'provider-takes-request': 60,
  'item-begins': 20,
  'audio-goes-out': 50,
  'item-all-out': 20,
  'mark-comes-back': 40,
  'tool-is-called': 12,
  'tool-finishes': 15,
  'answer-accepted': 20,
  'response-ends': 15,
  'key-pressed': 3,
  'carrier-reports': 1,
  'hang-up-asked': 1,
  'operator-acts': 2,
  nothing: 6,
} as const
type Move = keyof typeof MOVES
const MOVE_LIST = (Object.entries(MOVES) as [Move, number][]).flatMap(([move, weight]) =>
  Array<Move>(weight).fill(move),
)

interface Session {
  state: 'opening' | 'ready' | 'closed'
  /** The response being made. */
  active: { readonly id: string; cancelled: boolean; readonly muted: Set<string> } | null
  /** Requests for a response on their way. */
  requests: number
  callerItem: string | null
  stopped: string | null
  /** A turn is committed and will be answered. */
  owed: boolean
}

interface Item {
  readonly id: string
  readonly responseId: string
  readonly session: number
  state: 'open' | 'out' | 'dropped'
}

export interface World {
  /** One of the things that are possible as things stand. @param pick any whole number ≥ 0, which decides */
  chance(pick: number, nowMs: number): readonly CallFact[]
  /** What a move comes to: nothing, when it is not possible. */
  facts(move: Move, pick: number, nowMs: number): readonly CallFact[]
  perform(commands: readonly CallCommand[]): void
  /** The move that brings the call on, for a world that wants it to come to rest; null: all is at rest. */
  helpful(): Move | null
  readonly streamUp: boolean
  sessionOf(itemId: string): number | undefined
  readonly serving: number | null
}

export function newWorld(): World {
  const sessions = new Map<number, Session>()
  const items = new Map<string, Item>()
  const tools = new Map<string, 'called' | 'working' | 'over'>()
  const muted = new Set<string>()
  let serving: number | null = null
  let streams = 0
  let streamUp = false
  let streamSinceMs = 0
  let marks: string[] = []
  let unaccepted: string[] = []
  let wordless: string[] = []
  let names = 0
  const name = (kind: string): string => `${kind}_${++names}`
  const current = (): Session | null => {
    const session = serving === null ? undefined : sessions.get(serving)
    return session?.state === 'ready' ? session : null
  }
  const numbered = (...states: readonly Session['state'][]): readonly [number, Session][] =>
    [...sessions].filter(([, session]) => states.includes(session.state))
  const ofActive = (): readonly Item[] =>
    [...items.values()].filter((item) => item.state === 'open' && item.responseId === current()?.active?.id)
  const open = (): readonly Item[] => [...items.values()].filter((item) => item.state === 'open')
  const allOut = (of: readonly Item[]): readonly CallFact[] =>
    of.map((item) => {
      item.state = 'out'
      return { type: 'audio-all-sent', itemId: item.id }
    })

  function begin(session: Session): readonly CallFact[] {
    session.active = { id: name('r'), cancelled: false, muted: new Set() }
    return [{ type: 'response-started', responseId: session.active.id }]
  }

  function facts(move: Move, pick: number, nowMs: number): readonly CallFact[] {
    const session = current()
    const active = session?.active ?? null
    switch (move) {
      case 'session-ready': {
        const [number, opening] = numbered('opening')[0] ?? []
        if (number === undefined || opening === undefined) return []
        opening.state = 'ready'
        return [{ type: 'session-ready', session: number, lifetimeMs: pick % 3 === 0 ? 40_000 : null }]
      }
      case 'session-closes': {
        // One that still opens is as likely to fail as all the others together.
        const list = numbered(...(pick % 4 === 0 ? (['opening', 'ready'] as const) : (['ready'] as const)))
        const [number, gone] = list[pick % Math.max(1, list.length)] ?? []
        if (number === undefined || gone === undefined) return []
        gone.state = 'closed'
        const retry = pick % 17 !== 0
        const code = retry ? 'PROVIDER_CLOSED' : 'PROVIDER_REFUSED'
        // No more audio will come of what it was making.
        const orphans = open().filter((item) => item.session === number)
        return [{ type: 'session-closed', session: number, code, detail: '', retry }, ...allOut(orphans)]
      }
      case 'leg-attaches':
        if (streamUp && pick % 50 !== 0) return []
        streamUp = true
        streamSinceMs = nowMs
        marks = []
        return [{ type: 'leg-attached', streamId: `MZ${++streams}` }]
      case 'leg-closes': {
        if (!streamUp) return []
        const why = (['by-us', 'ended', 'bad-media'] as const)[pick % 15] ?? 'lost'
        if (why === 'lost') streamUp = false
        return [{ type: 'leg-closed', why, detail: '' }]
      }
      case 'caller-speaks':
        if (session === null || !streamUp || session.callerItem !== null) return []
        session.callerItem = name('c')
        if (active !== null) active.cancelled = true
        return [{ type: 'caller-speech-started', itemId: session.callerItem, atMs: Math.max(0, nowMs - 300) }]
      case 'caller-stops': {
        if (session === null || session.callerItem === null) return []
        const itemId = session.callerItem
        session.stopped = itemId
        session.callerItem = null
        return [{ type: 'caller-speech-stopped', itemId, atMs: Math.max(0, nowMs - 200) }]
      }
      case 'turn-committed': {
        if (session === null || session.stopped === null) return []
        const itemId = session.stopped
        session.stopped = null
        session.owed = true
        wordless.push(itemId)
        return [{ type: 'caller-turn-committed', itemId }]
      }
      case 'words-come': {
        const itemId = wordless[0]
        if (itemId === undefined)
          return active === null ? [] : [{ type: 'agent-words', itemId: `i_${names}`, text: 'and ' }]
        const final = pick % 2 === 0
        if (final) wordless = wordless.slice(1)
        return [{ type: 'caller-transcript', itemId, text: 'Hello there', final }]
      }
      case 'provider-starts':
        // By itself, after a turn, when it makes none; a response of a turn before may start while the caller speaks again.
        if (session === null || active !== null || !session.owed) return []
        session.owed = false
        return begin(session)
      case 'provider-takes-request':
        if (session === null || session.requests === 0) return []
        session.requests -= 1
        if (active !== null) return [{ type: 'response-refused', detail: `${active.id} is being made` }]
        return begin(session)
      case 'item-begins': {
        if (active === null) return []
        const itemId = name('i')
        const words: CallFact = { type: 'agent-words', itemId, text: 'It is ready and waiting. ' }
        if (muted.has(active.id)) return [words, { type: 'audio-muted', itemId, responseId: active.id }]
        items.set(itemId, { id: itemId, responseId: active.id, session: serving ?? 0, state: 'open' })
        return [words, { type: 'audio-arrived', itemId, responseId: active.id }]
      }
      case 'audio-goes-out': {
        const item = open()[0]
        if (item === undefined || !streamUp || muted.has(item.responseId)) return []
        const mark = pick % 4 === 0 ? null : name('m')
        if (mark !== null) marks.push(mark)
        const sentAtMs = Math.max(streamSinceMs, nowMs - (pick % 3) * 50)
        const [ms, padMs] = [20 + (pick % 40) * 20, pick % 6 === 0 ? 7.5 : 0]
        return [{ type: 'audio-sent', itemId: item.id, ms, padMs, sentAtMs, mark }]
      }
      case 'item-all-out': {
        const item = open()[0]
        return item === undefined || !streamUp ? [] : allOut([item])
      }
      case 'mark-comes-back': {
        const mark = marks[0]
        if (mark === undefined || !streamUp) return []
        marks = marks.slice(1)
        return [{ type: 'mark-heard', name: mark }]
      }
      case 'tool-is-called': {
        if (active === null || (active.cancelled && pick % 4 !== 0)) return []
        const toolCallId = name('t')
        tools.set(toolCallId, 'called')
        const [tool, args] = [['lookup', 'find', 'book'][pick % 3] ?? '', [`{"a":${pick % 5}}`, '{}'][pick % 2] ?? '']
        const called = { type: 'tool-called', outputIndex: names, name: tool, arguments: args, logged: '' } as const
        return [{ ...called, responseId: active.id, toolCallId, fault: pick % 11 === 0 ? 'x' : null }]
      }
      case 'tool-finishes': {
        const working = [...tools].filter(([, state]) => state === 'working')
        const toolCallId = working[pick % Math.max(1, working.length)]?.[0]
        if (toolCallId === undefined) return []
        tools.set(toolCallId, 'over')
        const effects: readonly ToolEffect[] = [{ type: 'end-call' }, { type: 'transfer', destination: 'desk' }]
        const effect = effects[pick % 12] ?? null
        const status = (['failed', 'unknown'] as const)[pick % 5] ?? 'done'
        const finished = { type: 'tool-finished', toolCallId, status, output: 'x', logged: 'x', effect } as const
        return pick % 7 === 0 ? [finished] : [{ type: 'tool-sent', toolCallId }, finished]
      }
      case 'answer-accepted': {
        const toolCallId = unaccepted[0]
        if (toolCallId === undefined || session === null) return []
        unaccepted = unaccepted.slice(1)
        return [{ type: 'tool-result-accepted', toolCallId }]
      }
      case 'response-ends': {
        if (session === null || active === null) return []
        const status = active.cancelled
          ? 'cancelled'
          : (['completed', 'failed', 'incomplete'] as const)[(pick % 16) - 13]
        const ended: CallFact = {
          type: 'response-ended',
          responseId: active.id,
          status: status ?? 'completed',
          detail: '',
          usage: { ...NO_USAGE, outputAudio: pick % 2000 },
        }
        // What has come of it goes on to the carrier in its own time.
        session.active = null
        return [ended]
      }
      case 'key-pressed':
        return streamUp ? [{ type: 'dtmf', digit: pick % 3 === 0 ? '#' : String(pick % 10) }] : []
      case 'carrier-reports':
        return [{ type: 'carrier-status', status: 'in-progress', final: pick % 20 === 0 }]
      case 'hang-up-asked': {
        const reasons: readonly EndReason[] = ['operator-hung-up', 'drained']
        const reason = reasons[pick % 12]
        return reason === undefined ? [] : [{ type: 'hang-up-asked', reason, detail: '' }]
      }
      case 'operator-acts': {
        if (pick % 40 === 0) return [{ type: 'operator-took-over', who: 'ann', destination: 'desk', say: null }]
        if (pick % 41 === 0) return [{ type: 'operator-hung-up', who: 'ann' }]
        if (pick % 3 === 0) return [{ type: 'operator-listened', who: 'ann' }]
        return [{ type: 'operator-whispered', who: 'ann', text: 'offer a refund' }]
      }
      case 'nothing':
        return []
    }
  }

  function chance(pick: number, nowMs: number): readonly CallFact[] {
    for (let draw = pick, draws = 0; draws < 40; draws++) {
      // A plain generator: what is not possible is drawn again.
      draw = (Math.imul(draw, 1_664_525) + 1_013_904_223) >>> 0
      const move = MOVE_LIST[(draw >>> 8) % MOVE_LIST.length] ?? 'nothing'
      const told = facts(move, draw >>> 4, nowMs)
      if (told.length > 0 || move === 'nothing') return told
    }
    return []
  }

  function perform(commands: readonly CallCommand[]): void {
    for (const command of commands) {
      const session = current()
      switch (command.type) {
        case 'open-session':
          sessions.set(command.session, {
            state: 'opening',
            active: null,
            requests: 0,
            callerItem: null,
            stopped: null,
            owed: false,
          })
          break
        case 'use-session': {
          const before = serving === null ? undefined : sessions.get(serving)
          if (before !== undefined) before.state = 'closed'
          serving = command.session
          unaccepted = []
          break
        }
        case 'close-session': {
          const closed = sessions.get(command.session)
          if (closed !== undefined) closed.state = 'closed'
          break
        }
        case 'create-response':
          if (session !== null) session.requests += 1
          break
        case 'cancel-response':
          if (session?.active?.id === command.responseId) session.active.cancelled = true
          break
        case 'mute-response':
          muted.add(command.responseId)
          break
        case 'clear-leg':
          for (const item of items.values()) if (item.state === 'open') item.state = 'dropped'
          break
        case 'mark-leg':
          marks.push(command.name)
          break
        case 'run-tool':
          tools.set(command.toolCallId, 'working')
          break
        case 'abort-tool':
          tools.set(command.toolCallId, 'over')
          break
        case 'send-tool-result':
          unaccepted.push(command.toolCallId)
          break
      }
    }
  }

  function helpful(): Move | null {
    const session = current()
    if (numbered('opening').length > 0) return 'session-ready'
    if (!streamUp) return 'leg-attaches'
    if (session !== null) {
      if (session.callerItem !== null) return 'caller-stops'
      if (session.stopped !== null) return 'turn-committed'
      if (session.active !== null) return 'response-ends'
      if (session.owed) return 'provider-starts'
      if (session.requests > 0) return 'provider-takes-request'
    }
    if ([...tools.values()].includes('working')) return 'tool-finishes'
    if (ofActive().length > 0 || open().length > 0) return 'item-all-out'
    if (marks.length > 0) return 'mark-comes-back'
    return null
  }

  return {
    chance,
    facts,
    perform,
    helpful,
    sessionOf: (itemId) => items.get(itemId)?.session,
    get streamUp() {
      return streamUp
    },
    get serving() {
      return serving
    },
  }
}
