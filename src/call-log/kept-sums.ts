/** Sums as the table of figures keeps them: short, for there is a row for each quarter of an hour, agent and version. */
import { z } from 'zod'
import { addCost, addTo, COUNTS, type FigureSums, PARTS, toolOf } from './figure-sums.ts'
import { addPairs, pairsOf } from './histogram.ts'

const Numbers = z.array(z.number())

const KeptSums = z.object({
  /** By COUNTS. */
  n: Numbers,
  usd: z.number().nullable(),
  outcomes: z.array(z.tuple([z.string(), z.number()])),
  reasons: z.array(z.tuple([z.string(), z.number()])),
  /** By PARTS, each bucket followed by how often. */
  waits: z.array(Numbers),
  /** Calls, failed, unknown, and the times that they took. */
  tools: z.array(z.tuple([z.string(), Numbers])),
})
export type KeptSums = z.infer<typeof KeptSums>

export function writeSums(sums: FigureSums): string {
  const kept: KeptSums = {
    n: COUNTS.map((count) => sums.counts[count]),
    usd: sums.costUsd,
    outcomes: [...sums.outcomes],
    reasons: [...sums.reasons],
    waits: PARTS.map((part) => pairsOf(sums.waits[part])),
    tools: [...sums.tools].map(([name, { calls, failed, unknown, tookMs }]) => {
      return [name, [calls, failed, unknown, ...pairsOf(tookMs)]]
    }),
  }
  return JSON.stringify(kept)
}

export function readSums(text: string): KeptSums {
  return KeptSums.parse(JSON.parse(text))
}

export function addKeptSums(to: FigureSums, { n, usd, outcomes, reasons, waits, tools }: KeptSums): void {
  for (const [i, count] of COUNTS.entries()) to.counts[count] += n[i] ?? 0
  addCost(to, usd)
  for (const [outcome, calls] of outcomes) addTo(to.outcomes, outcome, calls)
  for (const [reason, calls] of reasons) addTo(to.reasons, reason, calls)
  for (const [i, part] of PARTS.entries()) addPairs(to.waits[part], waits[i] ?? [])
  for (const [name, numbers] of tools) {
    const tool = toolOf(to, name)
    tool.calls += numbers[0] ?? 0
    tool.failed += numbers[1] ?? 0
    tool.unknown += numbers[2] ?? 0
    addPairs(tool.tookMs, numbers, 3)
  }
}
