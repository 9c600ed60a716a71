/** One message of the listening socket: 8 bytes of call time in ms, 20 ms of µ-law of the caller, 20 ms of the agent. */

export interface ListenFrame {
  readonly atMs: number
  readonly caller: Uint8Array
  readonly agent: Uint8Array
}

const HEAD_BYTES = 8
const SIDE_BYTES = 160

/** @returns null for anything else: it is left out, and listening goes on */
export function readListenFrame(data: ArrayBuffer): ListenFrame | null {
  if (data.byteLength !== HEAD_BYTES + 2 * SIDE_BYTES) return null
  const atMs = new DataView(data).getFloat64(0, true)
  if (!Number.isFinite(atMs)) return null
  return {
    atMs,
    caller: new Uint8Array(data, HEAD_BYTES, SIDE_BYTES),
    agent: new Uint8Array(data, HEAD_BYTES + SIDE_BYTES, SIDE_BYTES),
  }
}
