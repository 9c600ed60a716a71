/** What the bench asks of a server under test, and what the probe in it answers. */
import { z } from 'zod'

export type Question =
  /** A measured window begins. @param profile whether a CPU profile is taken, which costs the server some of its speed */
  { readonly ask: 'begin'; readonly profile: boolean } | { readonly ask: 'end' } | { readonly ask: 'memory' }

/** `heapMb` is the JavaScript heap and what it holds outside of it, such as buffers. */
const Memory = z.object({ rssMb: z.number(), heapMb: z.number() })
export type MemoryFigures = z.infer<typeof Memory>

const Window = Memory.extend({
  cpuUserMs: z.number(),
  cpuSystemMs: z.number(),
  elapsedMs: z.number(),
  /** For how long the event loop did not turn. */
  loopStopP99Ms: z.number(),
  loopStopMaxMs: z.number(),
  gcCount: z.number(),
  gcTotalMs: z.number(),
  gcMaxMs: z.number(),
  /** The functions that took most time themselves, as lines to print; empty unless asked for. */
  profile: z.array(z.string()),
})
export type WindowFigures = z.infer<typeof Window>

export const Answer = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('begun') }),
  Window.extend({ answer: z.literal('ended') }),
  Memory.extend({ answer: z.literal('memory') }),
])
export type Answer = z.infer<typeof Answer>
