/**
 * Times counted in buckets, so that percentiles over any number of calls need no more than a few hundred numbers. Buckets
 * grow by 8 %, and a bucket's answer is its middle: a percentile is off by 4 % at most.
 */

/** How many times fell into each bucket, from the first on. Added to in place: there are thousands in a year's figures. */
export type Histogram = number[]

const GROWTH = Math.log(1.08)

/** Bucket 0 is for less than a millisecond: there is nothing to tell apart. */
function bucketOf(ms: number): number {
  return ms < 1 ? 0 : 1 + Math.floor(Math.log(ms) / GROWTH)
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.exp((bucket - 0.5) * GROWTH)
}

export function countIn(histogram: Histogram, ms: number): void {
  addTimes(histogram, bucketOf(ms), 1)
}

export function addHistogram(to: Histogram, more: Histogram): void {
  for (let bucket = 0; bucket < more.length; bucket++) addTimes(to, bucket, more[bucket] ?? 0)
}

/** @param pairs as pairsOf gives them */
export function addPairs(to: Histogram, pairs: readonly number[], from = 0): void {
  for (let i = from; i + 1 < pairs.length; i += 2) addTimes(to, pairs[i] ?? 0, pairs[i + 1] ?? 0)
}

/** Buckets in which there is something, each followed by how often: most are empty. */
export function pairsOf(histogram: Histogram): number[] {
  return histogram.flatMap((times, bucket) => (times === 0 ? [] : [bucket, times]))
}

function addTimes(histogram: Histogram, bucket: number, times: number): void {
  while (histogram.length <= bucket) histogram.push(0)
  histogram[bucket] = (histogram[bucket] ?? 0) + times
}

/** By the nearest rank, in whole milliseconds; null when nothing was counted. */
export function percentileOf(histogram: Histogram, share: number): number | null {
  const rank = Math.ceil(share * histogram.reduce((sum, times) => sum + times, 0))
  let passed = 0
  for (const [bucket, times] of histogram.entries()) {
    passed += times
    if (times > 0 && passed >= rank) return Math.round(middleOf(bucket))
  }
  return null
}
