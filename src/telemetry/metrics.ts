/**
 * Figures for Prometheus, counted from the events of calls as the journal tells them. No label ever holds a number, a word of
 * a caller, or anything else that there may be any number of: agents and tools are those of the files, all else is a closed list.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { END_REASONS } from '../call/end-reason.ts'
import type { CallEvent } from '../call/events.ts'
import { latencyOf } from '../call/latency.ts'
import type { Usage } from '../call/usage.ts'

export interface MetricsSources {
  readonly liveCalls: () => number
  /** Events that wait for the call log in memory, and how much of them does on disk. */
  readonly waitingEvents: () => number
  readonly spooledBytes: () => number
  readonly logIsBehind: () => boolean
  /** Whether there is a tool of this name: a name that the model made up must not become a label. */
  readonly isTool: (agent: string, name: string) => boolean
  readonly version: string
}

export interface Metrics {
  /** Counts an event; quick, and never throws on one that it does not know the call of. */
  take(event: CallEvent): void
  /** The page that Prometheus reads, and its content type. */
  page(): Promise<{ readonly text: string; readonly type: string }>
  close(): void
}

const REPLY_BUCKETS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 10]
const TOOL_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]
const CALL_BUCKETS = [10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600]
/** How finely the delay of the event loop is measured. */
const LOOP_RESOLUTION_MS = 10

interface LiveCall {
  readonly agent: string
  readonly model: string
}

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `earshot_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string, collect: () => number) =>
    new Gauge({
      name: `earshot_${name}`,
      help,
      registers,
      collect() {
        this.set(collect())
      },
    })
  const histogram = <Label extends string>(name: string, help: string, buckets: number[], ...labelNames: Label[]) =>
    new Histogram({ name: `earshot_${name}`, help, buckets, labelNames, registers })

  new Gauge({ name: 'earshot_build_info', help: 'The version that runs.', labelNames: ['version'], registers }).set(
    { version: sources.version },
    1,
  )
  gauge('calls_live', 'Calls in progress.', sources.liveCalls)
  gauge('journal_waiting_events', 'Events that wait for the call log.', sources.waitingEvents)
  gauge('spool_bytes', 'Events that wait on disk while the database is away.', sources.spooledBytes)
  gauge('journal_behind', '1 while the call log cannot be written.', () => (sources.logIsBehind() ? 1 : 0))
  const started = counter('calls_started_total', 'Calls answered.', 'agent', 'carrier')
  const ended = counter('calls_ended_total', 'Calls ended, by why.', 'agent', 'reason', 'family', 'fault')
  const length = histogram('call_seconds', 'How long calls lasted.', CALL_BUCKETS, 'agent')
  const reply = histogram(
    'reply_seconds',
    "The caller's wait for a reply, from their last sound to the first that they heard: all of it (total) and its parts (turn_end, model, send, line).",
    REPLY_BUCKETS,
    'agent',
    'part',
  )
  const interruptions = counter('interruptions_total', 'Answers that the caller cut off.', 'agent')
  const unheard = counter('unheard_seconds_total', 'Agent audio that was sent and never heard.', 'agent')
  const heard = counter('heard_seconds_total', 'Agent audio that was heard.', 'agent')
  const turns = counter('caller_turns_total', 'Turns of callers.', 'agent')
  const tools = histogram(
    'tool_seconds',
    'How long tools took, by how they ended.',
    TOOL_BUCKETS,
    'agent',
    'tool',
    'status',
  )
  const tokens = counter('tokens_total', 'Tokens of the model.', 'agent', 'model', 'direction', 'modality', 'cached')
  const cost = counter('cost_usd_total', 'What calls cost, where the price is known.', 'agent', 'model')
  const responses = counter('responses_total', 'Responses of the model, by how they ended.', 'agent', 'status')
  const troubles = counter('troubles_total', 'What went wrong in calls, by code (docs/errors.md).', 'code')
  const sessions = counter('sessions_opened_total', 'Model sessions opened, by why.', 'why')
  const lost = counter('sessions_lost_total', 'Model sessions lost in mid-call, by code.', 'code')
  const opening = histogram(
    'session_opening_seconds',
    'From dialling the model to a session that is ready.',
    REPLY_BUCKETS,
  )
  const operators = counter('operator_acts_total', 'What people did to live calls.', 'action')

  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loop.enable()
  new Gauge({
    name: 'earshot_event_loop_delay_seconds',
    help: 'How late the event loop was since this page was last read; above 0.02 callers hear it.',
    labelNames: ['quantile'],
    registers,
    collect() {
      // The histogram counts the whole interval between two looks: what is beyond its resolution is delay.
      const late = (ns: number) => Math.max(0, ns / 1e9 - LOOP_RESOLUTION_MS / 1e3)
      this.set({ quantile: '0.5' }, late(loop.percentile(50)))
      this.set({ quantile: '0.99' }, late(loop.percentile(99)))
      this.set({ quantile: '1' }, late(loop.max))
      loop.reset()
    },
  })

  const live = new Map<string, LiveCall>()

  function addTokens({ agent, model }: LiveCall, usage: Usage): void {
    const add = (direction: string, modality: string, cached: boolean, count: number) => {
      if (count > 0) tokens.inc({ agent, model, direction, modality, cached: String(cached) }, count)
    }
    add('in', 'text', false, usage.inputText - usage.inputTextCached)
    add('in', 'text', true, usage.inputTextCached)
    add('in', 'audio', false, usage.inputAudio - usage.inputAudioCached)
    add('in', 'audio', true, usage.inputAudioCached)
    add('in', 'image', false, usage.inputImage - usage.inputImageCached)
    add('in', 'image', true, usage.inputImageCached)
    add('out', 'text', false, usage.outputText)
    add('out', 'audio', false, usage.outputAudio)
  }

  return {
    take({ callId, atMs, body }) {
      if (body.type === 'call-started') {
        live.set(callId, { agent: body.agent, model: body.model })
        return started.inc({ agent: body.agent, carrier: body.carrier })
      }
      const call = live.get(callId)
      if (call === undefined) return
      const { agent, model } = call
      switch (body.type) {
        case 'caller-said':
          return turns.inc({ agent })
        case 'agent-said':
          heard.inc({ agent }, body.heardMs / 1000)
          unheard.inc({ agent }, Math.max(0, body.sentMs - body.heardMs) / 1000)
          // A barge-in cuts every item in line; the one that had begun to sound is the one interrupted.
          if (body.interrupted && body.heardMs > 0) interruptions.inc({ agent })
          return
        case 'reply-timed': {
          const { totalMs, turnEndMs, modelMs, sendMs, lineMs } = latencyOf(body)
          const parts = { total: totalMs, turn_end: turnEndMs, model: modelMs, send: sendMs, line: lineMs }
          for (const [part, ms] of Object.entries(parts)) if (ms !== null) reply.observe({ agent, part }, ms / 1000)
          return
        }
        case 'tool-finished': {
          const tool = sources.isTool(agent, body.name) ? body.name : 'unknown'
          return tools.observe({ agent, tool, status: body.status }, body.tookMs / 1000)
        }
        case 'response-ended':
          addTokens(call, body.usage)
          if (body.costUsd !== null) cost.inc({ agent, model }, body.costUsd)
          return responses.inc({ agent, status: body.status })
        case 'session-opening':
          return sessions.inc({ why: body.why })
        case 'session-ready':
          return opening.observe(body.tookMs / 1000)
        case 'session-lost':
          return lost.inc({ code: body.code })
        case 'trouble':
          return troubles.inc({ code: body.code })
        case 'operator-acted':
          return operators.inc({ action: body.action })
        case 'call-ended': {
          live.delete(callId)
          const { family, fault } = END_REASONS[body.reason]
          length.observe({ agent }, atMs / 1000)
          return ended.inc({ agent, reason: body.reason, family, fault: fault ?? 'nobody' })
        }
      }
    },
    async page() {
      return { text: await registry.metrics(), type: registry.contentType }
    },
    close() {
      loop.disable()
      registry.clear()
    },
  }
}
