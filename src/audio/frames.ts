/** Recuts bytes of any lengths into whole frames, without adding, losing or moving a byte. */

export interface FrameCutter {
  /**
   * Takes the next bytes of a stream.
   * @returns all whole frames there now are, empty when there is none; the input itself when nothing waits and it is a
   *   whole number of frames, else a view that the next call overwrites
   */
  push(bytes: Uint8Array): Uint8Array
  /** The rest, padded to one frame at the end of an utterance, or empty when nothing waits; overwritten by the next call. */
  flush(padByte: number): Uint8Array
  /** Drops the rest. */
  reset(): void
  /** How many bytes wait for the rest of their frame; always fewer than a frame. */
  readonly pendingBytes: number
}

/** @throws RangeError when a frame is not a positive whole number of bytes */
export function createFrameCutter(frameBytes: number): FrameCutter {
  if (!Number.isInteger(frameBytes) || frameBytes < 1) throw new RangeError(`a frame of ${frameBytes} bytes`)
  // The whole frames handed out last, then the rest. The rest moves to the front only when more comes, because until
  // then the frames before it are still being read.
  let buffer = new Uint8Array(frameBytes)
  let restAt = 0
  let restBytes = 0
  let view = EMPTY

  function moveRestToFront(room: number): void {
    const from = buffer
    if (room > buffer.length) buffer = new Uint8Array(room)
    for (let i = 0; i < restBytes; i++) buffer[i] = from[restAt + i]!
  }

  function front(length: number): Uint8Array {
    if (length === 0) return EMPTY
    if (view.length !== length || view.buffer !== buffer.buffer) view = buffer.subarray(0, length)
    return view
  }

  return {
    push(bytes) {
      if (restBytes === 0 && bytes.length % frameBytes === 0) return bytes
      const total = restBytes + bytes.length
      moveRestToFront(total)
      buffer.set(bytes, restBytes)
      restBytes = total % frameBytes
      restAt = total - restBytes
      return front(restAt)
    },
    flush(padByte) {
      if (restBytes === 0) return EMPTY
      moveRestToFront(frameBytes)
      buffer.fill(padByte, restBytes, frameBytes)
      restBytes = 0
      return front(frameBytes)
    },
    reset() {
      restBytes = 0
    },
    get pendingBytes() {
      return restBytes
    },
  }
}

const EMPTY = new Uint8Array(0)
