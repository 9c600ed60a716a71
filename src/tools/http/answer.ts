/** What a backend's answer means for the model and for the log. Text of a backend is data: it comes labelled, never bare. */

import { labelled } from '../labelled.ts'
import type { OutgoingResult } from '../network/outgoing.ts'
import { REDACTED } from '../redact.ts'
import { type ToolAnswer, ToolFailure, unknownOutcome } from '../tool.ts'
import { type Pick, pick, pickForLog } from './pick.ts'
import { type HttpToolShape, isReadOnly } from './shape.ts'

type Answered = Extract<OutgoingResult, { type: 'answered' }>

/** @throws ToolFailure when nothing was done, or nothing was found out */
export function readAnswer(tool: HttpToolShape, answer: Answered): ToolAnswer {
  const { status } = answer
  if (status >= 200 && status < 300) return readSuccess(tool, answer)
  if (status >= 500) {
    if (isReadOnly(tool))
      throw new ToolFailure(`${tool.name} did not work: the backend has a problem (status ${status}). Tell the caller.`)
    return { status: 'unknown', output: unknownOutcome(tool.name) }
  }
  const error = `The backend refused this (status ${status}). Nothing was done.`
  const data = refusal(tool, answer)
  return {
    status: 'failed',
    output: labelled(tool.name, data.shown, { error }),
    logged: labelled(tool.name, data.logged, { error }),
  }
}

function readSuccess(tool: HttpToolShape, answer: Answered): ToolAnswer {
  const content = contentOf(answer)
  if (content.type === 'unreadable') {
    if (isReadOnly(tool))
      throw new ToolFailure(`${tool.name} did not work: the backend’s answer ${content.why}. Tell the caller.`)
    return { output: `Done. The backend’s answer ${content.why}.` }
  }
  const { data, note } = content
  const picks = picksOf(tool.response.pick)
  const shown = picks === null ? data : (pick(data, picks) ?? {})
  const kept = picks === null ? data : (pickForLog(data, picks) ?? {})
  return {
    output: labelled(tool.name, shown, note),
    logged: labelled(tool.name, tool.response.pii ? REDACTED : kept, note),
  }
}

/** What a backend says when it refuses is written for its own people: only what was asked for goes on. */
function refusal(tool: HttpToolShape, answer: Answered): { readonly shown: unknown; readonly logged: unknown } {
  const picks = picksOf(tool.response.pickOnError)
  const content = picks === null ? null : contentOf(answer)
  if (picks === null || content?.type !== 'readable') return { shown: undefined, logged: undefined }
  return { shown: pick(content.data, picks), logged: tool.response.pii ? REDACTED : pickForLog(content.data, picks) }
}

function picksOf(picks: HttpToolShape['response']['pick']): readonly Pick[] | null {
  return picks?.map((each) => (typeof each === 'string' ? { path: each, pii: false } : each)) ?? null
}

type Content =
  | { readonly type: 'readable'; readonly data: unknown; readonly note: Readonly<Record<string, unknown>> }
  /** `why` goes on "the answer …". */
  | { readonly type: 'unreadable'; readonly why: string }

function contentOf({ headers, body, cut }: Answered): Content {
  if (body.length === 0) return { type: 'readable', data: null, note: {} }
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return { type: 'unreadable', why: 'is compressed, which was not asked for' }
  const [mime = '', ...settings] = (headers['content-type'] ?? '').split(';').map((part) => part.trim())
  const charset = settings.map((each) => /^charset="?([^"]+)"?$/i.exec(each)?.[1]).find((each) => each !== undefined)
  const json = /^application\/([\w.+-]+\+)?json$/i.test(mime)
  if (!json && !/^text\//i.test(mime)) return { type: 'unreadable', why: 'is neither text nor JSON' }
  if (json && cut) return { type: 'unreadable', why: 'is too long' }
  const text = decoded(body, charset ?? 'utf-8')
  if (text === null) return { type: 'unreadable', why: 'is in letters that cannot be read' }
  if (!json) return { type: 'readable', data: text, note: cut ? { cut: 'only the beginning of a longer text' } : {} }
  try {
    return { type: 'readable', data: JSON.parse(text), note: {} }
  } catch {
    return { type: 'unreadable', why: 'is not the JSON that it says it is' }
  }
}

function decoded(body: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return null
  }
}
