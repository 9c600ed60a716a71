/** For processes that are killed by their test. */
import { writeSync } from 'node:fs'

/** Written at once and by the system: what this process has printed stays printed when it is killed. */
export function printAtOnce(line: string): void {
  for (;;) {
    try {
      writeSync(1, line)
      return
    } catch (error) {
      // The pipe is full until the parent, on a busy machine, has read from it.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}
