/** What tools need of the server to act, with loopback open to them. */
import { onTestFinished } from 'vitest'
import { HostGate } from '../../src/tools/network/host-gate.ts'
import { Outgoing } from '../../src/tools/network/outgoing.ts'
import type { ToolSources } from '../../src/tools/registry.ts'

export function toolSources(
  changes: Partial<ToolSources> = {},
  allowHosts: readonly string[] = ['127.0.0.1'],
): ToolSources {
  const outgoing = new Outgoing(() => ({ allowHosts }))
  onTestFinished(() => outgoing[Symbol.asyncDispose]())
  return {
    outgoing,
    gate: new HostGate(),
    env: {},
    firstPauseMs: 1,
    sendSms: null,
    mcp: { toolsOf: () => [] },
    ...changes,
  }
}
