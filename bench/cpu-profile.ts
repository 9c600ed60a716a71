/** A V8 CPU profile boiled down to the functions that took most time themselves. */
import type { Profiler } from 'node:inspector'

export type CpuProfile = Profiler.Profile

const IDLE = '(idle)'
const FUNCTIONS = 30
const FILES = 15

/**
 * @returns one line a file, then one a function: its share of the time the main thread was busy, its name and where it
 *   stands. Other threads, such as the call log's, are not in a profile.
 */
export function profileSummary(profile: CpuProfile): string[] {
  const files = sharesBy(profile, ({ url, functionName }) => fileOf(url) || `native ${functionName}`)
  const functions = sharesBy(profile, ({ url, functionName, lineNumber }) => {
    const name = functionName || '(anonymous)'
    return url === '' ? name : `${name} ${fileOf(url)}:${lineNumber + 1}`
  })
  return [...files.slice(0, FILES), '', ...functions.slice(0, FUNCTIONS)]
}

function fileOf(url: string): string {
  return url.replace(/^file:\/\//, '').replace(/^.*\/(node_modules|src|bench)\//, '$1/')
}

function sharesBy(profile: CpuProfile, name: (frame: Profiler.ProfileNode['callFrame']) => string): string[] {
  const nameOf = new Map(
    profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName === '(idle)' ? IDLE : name(callFrame)]),
  )
  const selfUs = new Map<string, number>()
  const { samples = [], timeDeltas = [] } = profile
  for (let i = 0; i < samples.length; i++) {
    const own = nameOf.get(samples[i]!) ?? '(unknown)'
    selfUs.set(own, (selfUs.get(own) ?? 0) + Math.max(0, timeDeltas[i] ?? 0))
  }
  selfUs.delete(IDLE)
  const busyUs = [...selfUs.values()].reduce((sum, us) => sum + us, 0)
  return [...selfUs]
    .sort((a, b) => b[1] - a[1])
    .map(([own, us]) => `${((100 * us) / busyUs).toFixed(1).padStart(5)} %  ${own}`)
}
