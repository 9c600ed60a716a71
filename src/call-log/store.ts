/** The contract of a call log: events of calls, kept durably and found again. Every store passes test/contracts/call-log.ts. */
import type { CallEvent } from '../call/events.ts'

export interface CallLog {
  /**
   * Keeps events, all or none; when the promise resolves they survive the loss of the process and of power.
   * An event that is kept already (same callId and seq) is left as it is.
   */
  append(events: readonly CallEvent[]): Promise<void>
  /** A call's events by rising seq; empty when there is no such call. */
  events(callId: string): Promise<CallEvent[]>
  /** Ids of calls that began and never ended: after a crash, all that were live. */
  unfinished(): Promise<string[]>
  /**
   * Keeps agents as they are, each version once and for good, and that these and no others answer calls from now on.
   * @param at ms since 1970
   */
  agentsRun(agents: readonly AgentVersion[], at: number): Promise<void>
  /** What was last told by `agentsRun`, by rising name; null before the first time. */
  runningAgents(): Promise<RunningAgents | null>
  /** What an agent said at a version, which `call-started` names; null when it never ran here. */
  agentVersion(name: string, version: string): Promise<AgentVersion | null>
  close(): Promise<void>
}

/** An agent at one version. */
export interface AgentVersion {
  readonly name: string
  readonly version: string
  /** All that held for it, as YAML: defaults, its base and included texts put in, secrets as names. */
  readonly text: string
}

export interface RunningAgents {
  /** Since when, in ms since 1970. */
  readonly at: number
  readonly agents: readonly AgentVersion[]
}
