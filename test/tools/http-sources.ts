/** What tools of YAML need to act, with loopback open to them. */
import { onTestFinished } from 'vitest'
import type { HttpSources } from '../../src/tools/http/http-tool.ts'
import { HostGate } from '../../src/tools/network/host-gate.ts'
import { Outgoing } from '../../src/tools/network/outgoing.ts'

export function httpSources(
  changes: Partial<HttpSources> = {},
  allowHosts: readonly string[] = ['127.0.0.1'],
): HttpSources {
  const outgoing = new Outgoing(() => ({ allowHosts }))
  onTestFinished(() => outgoing[Symbol.asyncDispose]())
  return { outgoing, gate: new HostGate(), env: {}, firstPauseMs: 1, ...changes }
}
