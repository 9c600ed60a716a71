/** Working memory of one stream: grows to the longest chunk seen and is used again for every chunk. */

export interface Scratch {
  /** The first bytes of the memory; a view made anew only when the length changes. Longer than ever before: the contents are lost. */
  bytes(length: number): Uint8Array
  /** The same memory as 16-bit samples. */
  samples(length: number): Int16Array
}

export function createScratch(): Scratch {
  let memory = new ArrayBuffer(0)
  let bytes = new Uint8Array(memory)
  let samples = new Int16Array(memory)

  function grow(byteLength: number): void {
    if (byteLength > memory.byteLength) memory = new ArrayBuffer(byteLength)
  }

  return {
    bytes(length) {
      grow(length)
      if (bytes.length !== length || bytes.buffer !== memory) bytes = new Uint8Array(memory, 0, length)
      return bytes
    },
    samples(length) {
      grow(2 * length)
      if (samples.length !== length || samples.buffer !== memory) samples = new Int16Array(memory, 0, length)
      return samples
    },
  }
}
