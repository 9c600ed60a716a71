/** What the command line of the bench says. */
import { parseArgs } from 'node:util'

export interface BenchOptions {
  readonly calls: readonly number[]
  /** Measured in all for each server at each number of calls, split over the rounds. */
  readonly seconds: number
  readonly rounds: number
  readonly setups: number
  readonly starts: number
  readonly jsonFile: string
  readonly sustain: boolean
  /** Calls in a row, for memory that stays flat; 0 for none. */
  readonly churn: number
  /** Also a server that records every call. */
  readonly recorded: boolean
  readonly profile: boolean
  /** Names of the servers; all when empty. */
  readonly only: readonly string[]
}

export const USAGE = `npm run bench -- [options]
  --calls 50,100,300   calls at a time
  --seconds 9          measured for each server at each number of calls, split over the rounds
  --rounds 3           rounds; the servers take turns in each
  --quick              50 calls, one round of 4 s
  --sustain            also: how many calls each server carries with p99 < 20 ms (two minutes)
  --churn 20000        also: that many short calls in a row, for memory that stays flat
  --recorded           also: a server that records every call, passing g711
  --only bare,g711     some of the servers (bare, g711, pcm16); ratios need the bare bridge
  --profile            CPU profiles of the servers, the functions that took most time themselves
  --json path          where the figures go (bench/results/latest.json)`

/** @throws Error with a sentence */
export function readOptions(args: readonly string[], resultsFile: string): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      sustain: { type: 'boolean', default: false },
      churn: { type: 'string', default: '0' },
      recorded: { type: 'boolean', default: false },
      only: { type: 'string' },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const { quick } = values
  return {
    calls: (values.calls ?? (quick ? '50' : '50,100,300')).split(',').map((text) => number('--calls', text)),
    seconds: number('--seconds', values.seconds ?? (quick ? '4' : '9')),
    rounds: number('--rounds', values.rounds ?? (quick ? '1' : '3')),
    setups: quick ? 6 : 20,
    starts: quick ? 1 : 3,
    jsonFile: values.json ?? resultsFile,
    sustain: values.sustain,
    churn: values.churn === '0' ? 0 : number('--churn', values.churn),
    recorded: values.recorded,
    profile: values.profile,
    only: values.only?.split(',') ?? [],
  }
}

function number(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${name} takes numbers above 0, not "${text}"`)
  return value
}
