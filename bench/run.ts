/** `npm run bench`: the bare bridge and Earshot side by side, and every budget held against the figures. See README.md. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { judge } from './budgets.ts'
import { benchLog, LOG_USAGE } from './call-log.ts'
import { type ChurnFigures, runChurn } from './churn-run.ts'
import { drawTogether, type LoadFigures } from './figures.ts'
import { type LoadRun, runLoad } from './load-run.ts'
import { machineFacts, residentMb } from './machine.ts'
import { ModelServer } from './model-server.ts'
import { type BenchOptions, readOptions, USAGE } from './options.ts'
import { reportLines } from './report.ts'
import { measureResampler } from './resampler-run.ts'
import type { Results, SetupFigures, StartFigures } from './results.ts'
import { median } from './samples.ts'
import { ServerProcess } from './server-process.ts'
import { runSetups } from './setup-run.ts'
import { type Sustained, searchSustained } from './sustain-run.ts'
import { type Target, targets } from './targets.ts'

const RESULTS_FILE = fileURLToPath(new URL('results/latest.json', import.meta.url))
const IDLE_AFTER_MS = 500
/** Nobody looks at these: the compiler of the engine works in the first seconds of a server. */
const WARM_UP_CALLS = 50
const WARM_UP_SECONDS = 2

interface Running {
  readonly target: Target
  readonly server: ServerProcess
  readonly idleRssMb: number
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function measureStarts(target: Target, times: number): Promise<StartFigures> {
  const readyMs: number[] = []
  const idleMb: number[] = []
  for (let i = 0; i < times; i++) {
    const server = await ServerProcess.start(target.server, false)
    readyMs.push(server.readyMs)
    await sleep(IDLE_AFTER_MS)
    const resident = residentMb(server.pid)
    if (resident !== null) idleMb.push(resident)
    await server.stop()
  }
  return { target: target.name, readyMs: median(readyMs), idleMb: idleMb.length === 0 ? null : median(idleMb) }
}

async function measureSetups(running: readonly Running[], model: ModelServer, calls: number): Promise<SetupFigures[]> {
  const figures: SetupFigures[] = []
  for (const { target, server } of running) {
    const { measures, lostMs } = await blaming(server, runSetups(target, server, model, calls))
    figures.push({
      target: target.name,
      calls,
      twiml: measures.twiml.summary(),
      configured: measures.configured.summary(),
      lostMs,
      troubles: Object.fromEntries(measures.troubles),
    })
  }
  return figures
}

/** What goes wrong in a run is told with the server's name and its own words. */
async function blaming<T>(server: ServerProcess, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    throw new Error(`${server.name}: ${what}\n${server.log()}`, { cause: error })
  }
}

/** Servers take turns within a round, so that what else goes on in the machine hits all of them. */
async function measureLoads(running: Running[], model: ModelServer, options: BenchOptions): Promise<LoadFigures[]> {
  const { rounds, profile } = options
  const seconds = options.seconds / rounds
  const figures: LoadFigures[] = []
  for (const calls of options.calls) {
    const runs = running.map((): LoadRun[] => [])
    const failed = new Set<Target>()
    for (let round = 0; round < rounds; round++) {
      say(`${calls} calls, round ${round + 1} of ${rounds}`)
      for (const [i, { target, server, idleRssMb }] of running.entries()) {
        if (failed.has(target)) continue
        try {
          runs[i]!.push(await blaming(server, runLoad(target, server, model, { calls, seconds, profile })))
        } catch (error) {
          failed.add(target)
          say(`! ${calls} calls are given up: ${error instanceof Error ? error.message : String(error)}`)
          // It may still be busy with calls that nobody holds any more.
          await server.stop()
          // Calls cut off in the middle were dialled for again.
          model.unexpected = 0
          running[i] = { target, server: await ServerProcess.start(target.server), idleRssMb }
        }
      }
    }
    const bare = runs[running.findIndex(({ target }) => !target.expected.converses)] ?? []
    for (const [i, { idleRssMb }] of running.entries()) {
      if (runs[i]!.length > 0) figures.push(drawTogether(runs[i]!, bare, idleRssMb))
    }
  }
  return figures
}

async function measure(options: BenchOptions, model: ModelServer): Promise<Results> {
  const machine = machineFacts()
  const { only } = options
  const wanted = targets(model.address, options.recorded).filter(
    ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
  )
  if (wanted.length === 0) throw new Error(`--only ${only.join(',')} names no server`)
  say('starting')
  const resampler = measureResampler()
  const starts: StartFigures[] = []
  for (const target of wanted) starts.push(await measureStarts(target, options.starts))
  const running: Running[] = []
  for (const target of wanted) {
    const server = await ServerProcess.start(target.server)
    running.push({ target, server, idleRssMb: (await server.memory()).rssMb })
  }
  say('warming up')
  for (const { target, server } of running) {
    await blaming(
      server,
      runLoad(target, server, model, { calls: WARM_UP_CALLS, seconds: WARM_UP_SECONDS, profile: false }),
    )
  }
  const loads = await measureLoads(running, model, options)
  say('setting up calls')
  const setups = await measureSetups(running, model, options.setups)
  let churn: ChurnFigures | null = null
  const last = running.findLast(({ target }) => target.expected.converses)
  if (options.churn > 0 && last !== undefined) {
    say(`${options.churn} short calls`)
    churn = await blaming(last.server, runChurn(last.target, last.server, model, options.churn))
  }
  // Last, for it leaves servers with more than they can carry.
  const sustained: Sustained[] = []
  if (options.sustain) {
    for (const { target, server } of running) {
      say(`how many calls ${target.name} carries`)
      sustained.push(await blaming(server, searchSustained(target, server, model)))
    }
  }
  if (model.unexpected > 0) say(`! ${model.unexpected} sessions were dialled for no call`)
  for (const { server } of running) {
    if (server.log().trim() !== '') say(`${server.name} has written:\n${server.log()}`)
    await server.stop()
  }
  return { machine, loads, setups, starts, resampler, sustained, churn }
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return say(`${USAGE}\n\n${LOG_USAGE}`)
  if (process.argv[2] === 'log') return benchLog(process.argv.slice(3))
  const options = readOptions(process.argv.slice(2), RESULTS_FILE)
  const model = await ModelServer.start()
  try {
    const results = await measure(options, model)
    for (const line of reportLines(results)) say(line)
    mkdirSync(dirname(options.jsonFile), { recursive: true })
    writeFileSync(options.jsonFile, `${JSON.stringify({ ...results, budgets: judge(results) }, null, 2)}\n`)
    say(`\nWritten to ${options.jsonFile}`)
  } finally {
    model.close()
  }
}

// The servers' processes are killed, and their folders removed, when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
process.exit(0)
