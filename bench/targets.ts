/** The servers that are measured side by side. */
import type { Expectations } from './bench-call.ts'
import { AUTH_TOKEN } from './caller.ts'
import type { ServerSpec } from './server-process.ts'

export interface Target {
  readonly name: string
  readonly expected: Expectations
  /** The number to dial. */
  readonly called: string
  readonly server: ServerSpec
}

/** Measured beside the others when it is asked for: what keeping both sides of a call costs. */
const RECORDED = 'recorded g711'

/** @param modelAddress host, port and path of the model, without scheme */
export function targets(modelAddress: string, recorded = false): readonly [bare: Target, ...earshots: Target[]] {
  const earshot = (wire: 'g711' | 'pcm16', called: string, name = `earshot ${wire}`): Target => ({
    name,
    expected: { wire, converses: true },
    called,
    server: {
      name,
      program: ['src/main.ts', 'serve', '--grace-seconds', '1'],
      env: (port, dataDir) => ({
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        CONFIG_DIR: 'bench/config',
        DATA_DIR: dataDir,
        OPENAI_API_KEY: 'bench',
        OPENAI_BASE_URL: `http://${modelAddress}`,
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
        LOG_LEVEL: 'warn',
      }),
    },
  })
  const bare: Target = {
    name: 'bare bridge',
    expected: { wire: 'g711', converses: false },
    called: '+15550100',
    server: {
      name: 'bare bridge',
      program: ['bench/bare-bridge.ts'],
      env: (port) => ({ PORT: String(port), MODEL_URL: `ws://${modelAddress}/realtime?model=bench` }),
    },
  }
  const pair = [earshot('g711', '+15550100'), earshot('pcm16', '+15550101')]
  return [bare, ...pair, ...(recorded ? [earshot('g711', '+15550102', RECORDED)] : [])]
}
