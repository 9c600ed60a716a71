/**
 * What is to be remembered of a live call so that it can be followed from any moment on: its lines that are final, its tools,
 * and a few figures. Folded from the call's events as they are recorded, a handful a second; audio is no part of it.
 */
import type { CallEvent, EventBody } from '../../call/events.ts'
import { latencyOf } from '../../call/latency.ts'
import type { Caption } from '../contract/live.ts'

export interface Notebook {
  readonly callId: string
  /** ms since 1970 */
  readonly startedAt: number
  /** By lineId, in the order in which they became final or were noted. */
  readonly captions: Map<string, Caption>
  /** Rises with every change of the captions. */
  changes: number
  /** The last reply: from the caller's last sound to the first of the answer. */
  replyMs: number | null
  interruptions: number
  slowReplies: number
  failedTools: number
  troubles: number
  ended: string | null
}

/** A call of half an hour has some three hundred lines; of more than this the oldest are left to the log. */
const CAPTIONS_MOST = 2000
/** Arguments and results in full are in the log. */
const TEXT_MOST = 4000
const SLOW_MS = 3000

export function newNotebook(callId: string, startedAt: number): Notebook {
  return {
    callId,
    startedAt,
    captions: new Map(),
    changes: 0,
    replyMs: null,
    interruptions: 0,
    slowReplies: 0,
    failedTools: 0,
    troubles: 0,
    ended: null,
  }
}

/** Writes down what an event of the call tells. */
export function noteEvent(notebook: Notebook, event: CallEvent): void {
  count(notebook, event.body)
  const caption = captionOf(notebook, event)
  if (caption === null) return
  notebook.captions.set(caption.lineId, caption)
  notebook.changes++
  if (notebook.captions.size <= CAPTIONS_MOST) return
  for (const oldest of notebook.captions.keys()) {
    notebook.captions.delete(oldest)
    break
  }
}

function count(notebook: Notebook, body: EventBody): void {
  switch (body.type) {
    case 'reply-timed': {
      const { totalMs } = latencyOf(body)
      if (totalMs === null) return
      notebook.replyMs = totalMs
      if (totalMs > SLOW_MS) notebook.slowReplies++
      return
    }
    case 'agent-said':
      if (body.interrupted && body.heardMs > 0) notebook.interruptions++
      return
    case 'tool-finished':
      if (['failed', 'timed-out', 'unknown'].includes(body.status)) notebook.failedTools++
      return
    case 'response-ended':
      if (body.status === 'failed') notebook.troubles++
      return
    case 'leg-lost':
    case 'session-lost':
      notebook.troubles++
      return
    case 'call-ended':
      notebook.ended = body.reason
      return
    default:
      return
  }
}

function captionOf({ captions }: Notebook, { seq, atMs, body }: CallEvent): Caption | null {
  const note = (text: string): Caption => ({
    type: 'note',
    lineId: `event-${seq}`,
    atMs,
    text: text.slice(0, TEXT_MOST),
  })
  switch (body.type) {
    case 'caller-said': {
      const { itemId: lineId, startMs, text } = body
      return { type: 'said', lineId, by: 'caller', atMs: startMs, text, unheard: '', final: true }
    }
    case 'agent-said': {
      const { itemId: lineId, startMs, heardText: text, unheardText: unheard } = body
      return { type: 'said', lineId, by: 'agent', atMs: startMs, text, unheard, final: true }
    }
    case 'tool-reserved': {
      const { toolCallId, name } = body
      const args = body.arguments.slice(0, TEXT_MOST)
      return {
        type: 'tool',
        lineId: toolLine(toolCallId),
        atMs,
        name,
        arguments: args,
        status: null,
        output: '',
        tookMs: null,
      }
    }
    case 'tool-finished': {
      const line = captions.get(toolLine(body.toolCallId))
      if (line?.type !== 'tool') return null
      const { status, tookMs } = body
      return { ...line, status, output: body.output.slice(0, TEXT_MOST), tookMs }
    }
    case 'dtmf':
      return note(`pressed ${body.digit}`)
    case 'note':
      return note(`the agent noted: ${body.text}`)
    case 'operator-acted':
      return note(operatorActed(body))
    case 'leg-lost':
      return note('the media stream was lost')
    case 'leg-attached':
      return body.attempt > 1 ? note('the media stream is back') : null
    case 'session-lost':
      return note('the model session was lost')
    case 'call-ended':
      return { type: 'ended', lineId: 'ended', atMs, reason: body.reason }
    default:
      return null
  }
}

function toolLine(toolCallId: string): string {
  return `tool-${toolCallId}`
}

function operatorActed({ who, action, detail }: Extract<EventBody, { type: 'operator-acted' }>): string {
  switch (action) {
    case 'listened':
      return `${who} listens in`
    case 'whispered':
      return `${who} whispered: ${detail}`
    case 'took-over':
      return `${who} took over, and sends the caller to ${detail}`
    case 'hung-up':
      return `${who} hung up`
  }
}
