/** An HTTP tool, made of its definition: fills in a request, sends it by the rules of the network, reads the answer. */
import { setTimeout as pause } from 'node:timers/promises'
import { DATA_NOTE } from '../labelled.ts'
import type { HostGate } from '../network/host-gate.ts'
import type { Outgoing, OutgoingResult } from '../network/outgoing.ts'
import { sendFollowing } from '../network/redirects.ts'
import { buildTool, type Tool, type ToolAnswer, type ToolContext, ToolFailure, unknownOutcome } from '../tool.ts'
import { readAnswer } from './answer.ts'
import { argumentsSchema } from './parameters.ts'
import { fillRequest, type HttpRequest, requestTemplate } from './request.ts'
import { type HttpToolShape, isReadOnly } from './shape.ts'
import { UnfitArgument } from './url-template.ts'

export interface HttpSources {
  readonly outgoing: Outgoing
  readonly gate: HostGate
  /** The environment, for `${NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Before the second try; doubled before each one after. Default 200 ms. */
  readonly firstPauseMs?: number
}

/** The core's patience beyond the tool's own, so that the tool can say itself what came of it. */
const GRACE_MS = 500
const WORTH_ANOTHER_TRY = [429, 502, 503, 504]

/** @throws SyntaxError when a text of the definition is malformed, which its schema has made sure of */
export function httpTool(definition: HttpToolShape, sources: HttpSources): Tool {
  const { name, confirm, timeoutMs } = definition
  const template = requestTemplate(definition)
  const built = {
    name,
    description: `${definition.description} ${DATA_NOTE}`,
    parameters: argumentsSchema(definition.parameters),
    timeoutMs: timeoutMs + GRACE_MS,
    readOnly: isReadOnly(definition),
    confirm,
  }
  return buildTool(built, async (args, context) => {
    const call = { id: context.callId, from: context.from, to: context.to, agent: context.agent }
    const values = { args, call, secret: (secret: string) => secretOf(secret, sources.env) }
    const request = filled(() => fillRequest(template, values, context.idempotencyKey))
    const startedAt = performance.now()
    const { result, sent, tries } = await sendTrying(definition, request, context.signal, sources)
    const tookMs = Math.round(performance.now() - startedAt)
    const fields = { tool: name, tries, tookMs }
    if (result.type === 'answered' && result.status < 400)
      context.log('backend answered', { ...fields, status: result.status })
    else
      context.log('backend did not serve', {
        ...fields,
        ...(result.type === 'answered' ? { status: result.status } : { code: result.code }),
      })
    return result.type === 'answered' ? answered(definition, result, sent) : unanswered(definition, result, sent)
  })
}

function secretOf(name: string, env: HttpSources['env']): string {
  const value = env[name]
  if (value === undefined) throw new Error(`the environment has no ${name}`)
  // Secrets are often read from files, which end in a line break that no header may hold.
  return value.trim()
}

function filled(fill: () => HttpRequest): HttpRequest {
  try {
    return fill()
  } catch (error) {
    if (error instanceof UnfitArgument)
      throw new ToolFailure(`Not done: ${error.message}. Ask the caller, then call it again.`)
    throw error
  }
}

/** A later refusal says nothing of an earlier try that may have acted. */
function answered(
  tool: HttpToolShape,
  result: Extract<OutgoingResult, { type: 'answered' }>,
  sentBefore: boolean,
): ToolAnswer {
  const refused = result.status >= 300 && result.status < 500
  if (refused && sentBefore && !isReadOnly(tool)) return { status: 'unknown', output: unknownOutcome(tool.name) }
  return readAnswer(tool, result)
}

function unanswered(
  tool: HttpToolShape,
  { code }: Extract<OutgoingResult, { type: 'failed' }>,
  sent: boolean,
): ToolAnswer {
  const { name } = tool
  if (code === 'FORBIDDEN' && !sent)
    throw new ToolFailure(`${name} is not possible: this server may not reach its backend. Tell the caller.`)
  if (!sent)
    throw new ToolFailure(`${name} did not work: the backend cannot be reached, and nothing was done. Tell the caller.`)
  if (isReadOnly(tool)) throw new ToolFailure(`${name} did not work: the backend did not answer. Tell the caller.`)
  return { status: 'unknown', output: unknownOutcome(name) }
}

interface Tried {
  readonly result: OutgoingResult
  /** A try that got no answer may have reached the backend all the same. */
  readonly sent: boolean
  readonly tries: number
}

async function sendTrying(
  { timeoutMs, retries, maxConcurrent, response: { maxBytes }, ...tool }: HttpToolShape,
  request: HttpRequest,
  signal: ToolContext['signal'],
  { outgoing, gate, firstPauseMs = 200 }: HttpSources,
): Promise<Tried> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const deadline = performance.now() + timeoutMs
  let sent = false
  for (let tries = 1; ; tries++) {
    const leave = await gate.enter(request.url.host, maxConcurrent, inTime)
    if (leave === null) return { result: { type: 'failed', sent: false, code: 'BUSY' }, sent, tries }
    const reuse = isReadOnly(tool)
    const result = await sendFollowing(outgoing, { ...request, maxBytes, reuse, signal: inTime }).finally(leave)
    const lost = result.type === 'failed' ? result.sent : result.status >= 500
    const worthIt = result.type === 'failed' ? result.code !== 'FORBIDDEN' : WORTH_ANOTHER_TRY.includes(result.status)
    const waitMs = Math.max(firstPauseMs * 2 ** (tries - 1), retryAfterMs(result))
    if (!worthIt || tries > retries || inTime.aborted || performance.now() + waitMs >= deadline) {
      return { result, sent: sent || (result.type === 'failed' && lost), tries }
    }
    sent ||= lost
    await pause(waitMs, null, { signal: inTime }).catch(() => {})
  }
}

/** What the backend asks for (RFC 9110, section 10.2.3), in seconds; dates are left alone. */
function retryAfterMs(result: OutgoingResult): number {
  const text = result.type === 'answered' ? result.headers['retry-after'] : undefined
  return /^\d{1,6}$/.test(text ?? '') ? Number(text) * 1000 : 0
}
