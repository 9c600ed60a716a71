/** What the demo prints while its call goes on: one line an event, in call time. */
import type { CallEvent } from '../call/events.ts'
import type { TwinEvent } from '../twin/carrier/events.ts'
import { plainText } from './plain-text.ts'
import { clockTime, paint } from './terminal.ts'

export interface DemoPrinter {
  opening(url: string): void
  event(event: CallEvent): void
  wire(event: TwinEvent): void
  /** @returns the id of the call that was printed */
  closing(outcome: { wav: string; problems: readonly string[]; hungUpByAgent: boolean }): string | null
}

export function createDemoPrinter(out: (line: string) => void): DemoPrinter {
  const latencies: number[] = []
  const tools: string[] = []
  let callId: string | null = null

  const line = (atMs: number, who: string, text: string) => out(`${paint.dim(clockTime(atMs))}  ${who}  ${text}`)
  const who = {
    call: paint.dim('call   '),
    agent: paint.agent('agent  '),
    caller: paint.caller('caller '),
    tool: paint.tool('tool   '),
    times: paint.dim('       '),
  }

  function event({ callId: id, atMs, body }: CallEvent): void {
    callId ??= id
    switch (body.type) {
      case 'call-started':
        return line(atMs, who.call, `${body.carrier} rings; ${body.agent} answers with ${body.model}`)
      case 'session-ready':
        return line(atMs, who.call, `model session ready after ${body.tookMs.toFixed(0)} ms`)
      case 'leg-attached':
        return line(atMs, who.call, 'media stream open')
      case 'caller-said':
        return line(body.startMs, who.caller, plainText(body.text))
      case 'agent-said': {
        const unheard = body.unheardText === '' ? '' : ` ${paint.unheard(plainText(body.unheardText))}`
        line(body.startMs, who.agent, `${plainText(body.heardText)}${unheard}`)
        if (body.interrupted) {
          const heard = (body.heardMs / 1000).toFixed(2)
          line(
            atMs,
            who.times,
            paint.dim(`interrupted: ${heard} s heard of ${(body.sentMs / 1000).toFixed(2)} s sent; the model is told`),
          )
        }
        return
      }
      case 'reply-timed': {
        if (body.callerStoppedMs === null) return
        const total = body.firstHeardMs - body.callerStoppedMs
        latencies.push(total)
        const parts = [
          `turn end ${part(body.callerStoppedMs, body.decidedMs)}`,
          `model ${part(body.decidedMs, body.firstModelAudioMs)}`,
          `line ${part(body.firstModelAudioMs, body.firstHeardMs)}`,
        ]
        return line(
          atMs,
          who.times,
          paint.dim(`first word heard ${total.toFixed(0)} ms after the caller stopped (${parts.join(', ')})`),
        )
      }
      case 'tool-reserved':
        return line(atMs, who.tool, plainText(`${body.name} ${body.arguments}`))
      case 'tool-finished':
        tools.push(`${body.name}: ${body.status} in ${body.tookMs.toFixed(1)} ms`)
        return line(atMs, who.tool, `${body.status} in ${body.tookMs.toFixed(1)} ms: ${plainText(body.output)}`)
      case 'trouble':
        return line(atMs, who.call, paint.alarm(`${body.code}: ${body.detail}`))
      case 'call-ended':
        return line(atMs, who.call, `ended: ${body.reason} (${body.detail})`)
      default:
        return
    }
  }

  return {
    event,
    opening(url) {
      out(
        paint.bold(
          'One call through the whole of Earshot: a stand-in carrier, the server, a stand-in model, real sockets, real speech.',
        ),
      )
      out(paint.dim(`The server listens on ${url}; the call takes about half a minute.`))
      out('')
    },
    wire(seen) {
      if (seen.type === 'cleared')
        line(
          seen.atMs,
          who.times,
          paint.dim(`the carrier dropped ${(seen.droppedMs / 1000).toFixed(2)} s of audio at once`),
        )
      if (seen.type === 'error' || seen.type === 'warning')
        line(seen.atMs, who.call, paint.alarm(`${seen.code}: ${seen.detail}`))
    },
    closing({ wav, problems, hungUpByAgent }) {
      const sorted = [...latencies].sort((a, b) => a - b)
      out('')
      out(`What the caller heard   ${wav} (left the caller, right the agent as heard)`)
      out(
        `Reply latency           p50 ${percentile(sorted, 0.5)}, p95 ${percentile(sorted, 0.95)} over ${sorted.length} replies`,
      )
      out(`Tools                   ${tools.join('; ')}`)
      out(`Hung up by              ${hungUpByAgent ? 'the agent, after its goodbye was heard' : 'somebody else'}`)
      out(`Protocol errors         ${problems.length === 0 ? 'none, on either side' : problems.join('; ')}`)
      if (callId !== null) out(`The call in the log     npm run -s earshot -- show ${callId}`)
      return callId
    },
  }
}

function part(fromMs: number | null, toMs: number | null): string {
  return fromMs === null || toMs === null ? '?' : `${Math.max(0, toMs - fromMs).toFixed(0)} ms`
}

/** Nearest rank. */
function percentile(sorted: readonly number[], share: number): string {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  return value === undefined ? 'none' : `${value.toFixed(0)} ms`
}
