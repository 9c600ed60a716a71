/**
 * Times counted in buckets, so that percentiles over any number of calls need no more than a few hundred numbers. Buckets
 * grow by 8 %, and a bucket's answer is its middle: a percentile is off by 4 % at most.
 */

/** How many times fell into each bucket, by the bucket's number. */
export type Histogram = Readonly<Record<string, number>>

const GROWTH = Math.log(1.08)
/** Below a millisecond there is nothing to tell apart. */
const UNDER_1_MS = -1

export function bucketOf(ms: number): number {
  return ms < 1 ? UNDER_1_MS : Math.floor(Math.log(ms) / GROWTH)
}

function middleOf(bucket: number): number {
  return bucket === UNDER_1_MS ? 0 : Math.exp((bucket + 0.5) * GROWTH)
}

/** By the nearest rank, in whole milliseconds; null when nothing was counted. */
export function percentileOf(histogram: Histogram, share: number): number | null {
  const buckets = Object.entries(histogram)
    .map(([bucket, times]) => ({ bucket: Number(bucket), times }))
    .sort((a, b) => a.bucket - b.bucket)
  const all = buckets.reduce((sum, { times }) => sum + times, 0)
  let passed = 0
  for (const { bucket, times } of buckets) {
    passed += times
    if (passed >= Math.ceil(share * all)) return Math.round(middleOf(bucket))
  }
  return null
}
