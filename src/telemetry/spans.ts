/**
 * OpenTelemetry spans of calls, replies and tools, by the GenAI conventions (opentelemetry.io/docs/specs/semconv/gen-ai).
 * They are made only when the operator has loaded an SDK into the process; without one a call costs one question.
 * Attributes never hold words or numbers of callers: content is what the call log is for.
 */
import { type Context, context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { END_REASONS } from '../call/end-reason.ts'
import type { CallEvent, EventBody } from '../call/events.ts'
import { latencyOf } from '../call/latency.ts'

/** Tool calls that went as they should, and those that were not run for a good reason. */
const FINE: readonly string[] = ['done', 'repeated', 'held']

interface Reply {
  readonly span: Span
  /** When its last event came, ms since 1970. */
  endAt: number
}

interface TracedCall {
  readonly span: Span
  readonly inside: Context
  readonly agent: string
  readonly provider: string
  readonly model: string
  readonly replies: Map<string, Reply>
  readonly tools: Map<string, Span>
  /** When the caller last stopped speaking and no reply has begun since, ms since 1970. */
  callerStoppedAt: number | null
}

/**
 * @param isTool whether the agent has a tool of this name: one that the model made up could be made of a caller's words
 * @returns what is to be told of every event, in order of the journal
 */
export function createSpans(
  isTool: (agent: string, name: string) => boolean,
  tracer: Tracer = trace.getTracer('earshot'),
): (event: CallEvent) => void {
  const calls = new Map<string, TracedCall>()

  function begin({ callId, at, body }: CallEvent): void {
    if (body.type !== 'call-started') return
    const { agent, agentVersion, provider, model, carrier } = body
    const span = tracer.startSpan(`invoke_agent ${agent}`, {
      kind: SpanKind.SERVER,
      startTime: at,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.provider.name': provider,
        'gen_ai.agent.name': agent,
        'gen_ai.agent.version': agentVersion,
        'gen_ai.request.model': model,
        'gen_ai.conversation.id': callId,
        'earshot.carrier': carrier,
      },
    })
    if (!span.isRecording()) return
    const inside = trace.setSpan(context.active(), span)
    const none = { replies: new Map(), tools: new Map(), callerStoppedAt: null }
    calls.set(callId, { span, inside, agent, provider, model, ...none })
  }

  function replyOf(call: TracedCall, responseId: string, at: number): Reply {
    const known = call.replies.get(responseId)
    if (known !== undefined) {
      known.endAt = Math.max(known.endAt, at)
      return known
    }
    const span = tracer.startSpan(
      `chat ${call.model}`,
      {
        kind: SpanKind.CLIENT,
        // The caller's wait belongs to the reply.
        startTime: call.callerStoppedAt ?? at,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': call.provider,
          'gen_ai.request.model': call.model,
          'gen_ai.output.type': 'speech',
          'gen_ai.response.id': responseId,
        },
      },
      call.inside,
    )
    call.callerStoppedAt = null
    const reply = { span, endAt: at }
    call.replies.set(responseId, reply)
    return reply
  }

  /** Replies of which all is told: another one begins, or the call is over. */
  function endReplies(call: TracedCall, except: string | null): void {
    for (const [responseId, { span, endAt }] of call.replies) {
      if (responseId === except) continue
      span.end(endAt)
      call.replies.delete(responseId)
    }
  }

  function inReply(call: TracedCall, responseId: string, at: number): Span {
    if (!call.replies.has(responseId)) endReplies(call, responseId)
    return replyOf(call, responseId, at).span
  }

  function timed(span: Span, body: Extract<EventBody, { type: 'reply-timed' }>): void {
    const { totalMs, turnEndMs, modelMs, sendMs, lineMs } = latencyOf(body)
    const parts = { total: totalMs, turn_end: turnEndMs, model: modelMs, send: sendMs, line: lineMs }
    for (const [part, ms] of Object.entries(parts)) if (ms !== null) span.setAttribute(`earshot.reply.${part}_ms`, ms)
  }

  function ended(span: Span, body: Extract<EventBody, { type: 'response-ended' }>): void {
    const { usage, status, costUsd } = body
    span.setAttributes({
      'gen_ai.response.finish_reasons': [status],
      'gen_ai.usage.input_tokens': usage.inputText + usage.inputAudio + usage.inputImage,
      'gen_ai.usage.output_tokens': usage.outputText + usage.outputAudio,
      'gen_ai.usage.cache_read.input_tokens': usage.inputTextCached + usage.inputAudioCached + usage.inputImageCached,
    })
    if (costUsd !== null) span.setAttribute('earshot.cost_usd', costUsd)
    if (status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR })
  }

  function beginTool(call: TracedCall, at: number, body: Extract<EventBody, { type: 'tool-reserved' }>): void {
    const parent = trace.setSpan(call.inside, inReply(call, body.responseId, at))
    const name = isTool(call.agent, body.name) ? body.name : 'unknown'
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': name,
      'gen_ai.tool.call.id': body.toolCallId,
      'gen_ai.tool.type': 'function',
    }
    const span = tracer.startSpan(
      `execute_tool ${name}`,
      { kind: SpanKind.INTERNAL, startTime: at, attributes },
      parent,
    )
    call.tools.set(body.toolCallId, span)
  }

  function endTool(call: TracedCall, at: number, body: Extract<EventBody, { type: 'tool-finished' }>): void {
    const span = call.tools.get(body.toolCallId)
    if (span === undefined) return
    call.tools.delete(body.toolCallId)
    span.setAttribute('earshot.tool.status', body.status)
    if (!FINE.includes(body.status)) {
      span.setAttribute('error.type', body.status)
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.end(at)
  }

  function finish(
    callId: string,
    call: TracedCall,
    at: number,
    body: Extract<EventBody, { type: 'call-ended' }>,
  ): void {
    calls.delete(callId)
    for (const span of call.tools.values()) span.end(at)
    endReplies(call, null)
    const { fault } = END_REASONS[body.reason]
    call.span.setAttributes({ 'earshot.end_reason': body.reason, 'earshot.caller_heard_ms': body.callerHeardMs })
    if (body.costUsd !== null) call.span.setAttribute('earshot.cost_usd', body.costUsd)
    if (fault !== null) {
      call.span.setAttribute('error.type', body.reason)
      call.span.setStatus({ code: SpanStatusCode.ERROR })
    }
    call.span.end(at)
  }

  return (event) => {
    const { callId, at, body } = event
    const call = calls.get(callId)
    if (call === undefined) return begin(event)
    switch (body.type) {
      case 'caller-speech-stopped':
        call.callerStoppedAt = at
        return
      case 'reply-timed':
        return timed(inReply(call, body.responseId, at), body)
      case 'agent-said': {
        const span = inReply(call, body.responseId, at)
        if (body.interrupted) span.addEvent('interrupted', { 'earshot.heard_ms': body.heardMs }, at)
        return
      }
      case 'response-ended':
        return ended(inReply(call, body.responseId, at), body)
      case 'tool-reserved':
        return beginTool(call, at, body)
      case 'tool-finished':
        return endTool(call, at, body)
      case 'session-lost':
      case 'trouble':
        call.span.addEvent(body.type, { 'error.type': body.code }, at)
        return
      case 'call-ended':
        return finish(callId, call, at, body)
      default:
        return
    }
  }
}
