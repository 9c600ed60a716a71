/** `earshot serve`: the server, until it is told to stop. */
import { readConfig } from '../config/config.ts'
import { type Earshot, startEarshot } from '../earshot.ts'
import { outliveFaults } from './outside-faults.ts'

export interface ServeOptions {
  /** Serve unsigned requests of this machine: for local development only. */
  readonly local: boolean
  /** How long calls may go on after the first SIGTERM. */
  readonly graceSeconds: number
}

/** Resolves when the server has stopped. @throws ConfigError, AgentProblems or StartError when it cannot start */
export async function serve(options: ServeOptions): Promise<void> {
  const earshot = await startEarshot(readConfig(process.env), { verifyCarrier: !options.local })
  outliveFaults(earshot.log)
  const setup = await earshot.desk.signIn.setupToken()
  for (const line of [...banner(earshot), consoleLine(earshot, setup)]) process.stdout.write(`${line}\n`)
  await stopAsked(earshot)
  await earshot.close(options.graceSeconds * 1000)
}

function banner(earshot: Earshot): string[] {
  const agents = earshot.config.current.agents
    .map((agent) => `${agent.name} (${agent.numbers.join(', ') || 'no number'})`)
    .join(', ')
  return [
    `Earshot listens on ${earshot.url}`,
    `  agents: ${agents}`,
    earshot.offline
      ? '  OFFLINE: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set, so a stand-in model answers. It follows a script and hears no words.'
      : `  model: ${earshot.modelHost}`,
    earshot.carrierNote,
  ]
}

/** Who opens the first door proves by the token that they can read what the server prints. */
function consoleLine({ consoleUrl }: Earshot, setupToken: string | null): string {
  if (setupToken === null) return `  console: ${consoleUrl}`
  return `  console: nobody can sign in yet; make the first admin at\n    ${consoleUrl}/setup#${setupToken}`
}

/** The first signal lets calls finish; a second one, of either kind, ends the process at once. */
function stopAsked(earshot: Earshot): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1)
      asked = true
      process.stdout.write(`${signal}: no new calls; ${earshot.liveCalls} live. Once more ends them at once.\n`)
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
}
