/** A server under test in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Answer, type MemoryFigures, type Question, type WindowFigures } from './probe-protocol.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROBE = fileURLToPath(new URL('probe.ts', import.meta.url))
const READY_WITHIN_MS = 15_000
const STOP_WITHIN_MS = 5_000
const LOG_TAIL = 4_000

export interface ServerSpec {
  readonly name: string
  /** The program and its arguments, for node, relative to the repository. */
  readonly program: readonly string[]
  /** @param port where to listen  @param dataDir an empty folder of its own */
  env(port: number, dataDir: string): Readonly<Record<string, string>>
}

/** Whatever still runs when this process ends is killed, by its own id. */
const running = new Set<ServerProcess>()
process.on('exit', () => {
  for (const server of running) server.kill()
})

export class ServerProcess {
  readonly url: string
  /** From the start of the process to the first answer of `/readyz`. */
  readonly readyMs: number
  readonly pid: number
  readonly #spec: ServerSpec
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #ended: Promise<void>

  private constructor(spec: ServerSpec, child: ChildProcess, folder: string, url: string, readyMs: number) {
    this.#spec = spec
    this.#child = child
    this.#folder = folder
    this.url = url
    this.readyMs = readyMs
    this.pid = child.pid ?? 0
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  /** @param probed false to measure the bare start  @throws Error with the end of the server's log when it does not come up */
  static async start(spec: ServerSpec, probed = true): Promise<ServerProcess> {
    const port = await freePort()
    const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'))
    const logFile = join(folder, 'log')
    const log = openSync(logFile, 'w')
    const startedAtMs = performance.now()
    const child = spawn(
      process.execPath,
      ['--no-warnings', ...(probed ? ['--expose-gc', '--import', PROBE] : []), ...spec.program],
      {
        cwd: ROOT,
        env: { PATH: process.env.PATH ?? '', ...spec.env(port, folder) },
        stdio: ['ignore', log, log, 'ipc'],
      },
    )
    closeSync(log)
    const url = `http://127.0.0.1:${port}`
    const ready = await becomesReady(child, url)
    const server = new ServerProcess(spec, child, folder, url, performance.now() - startedAtMs)
    if (ready) {
      running.add(server)
      return server
    }
    const said = readFileSync(logFile, 'utf8').slice(-LOG_TAIL)
    server.kill()
    throw new Error(`${spec.name} did not start:\n${said}`)
  }

  get name(): string {
    return this.#spec.name
  }

  /** The end of what the server has written. */
  log(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8').slice(-LOG_TAIL)
  }

  async beginWindow(profile: boolean): Promise<void> {
    await this.#ask({ ask: 'begin', profile })
  }

  async endWindow(): Promise<WindowFigures> {
    const answer = await this.#ask({ ask: 'end' })
    if (answer.answer !== 'ended') throw new Error(`${this.name} answered ${answer.answer}`)
    return answer
  }

  /** After a full collection of garbage. */
  async memory(): Promise<MemoryFigures> {
    const answer = await this.#ask({ ask: 'memory' })
    if (answer.answer !== 'memory') throw new Error(`${this.name} answered ${answer.answer}`)
    return answer
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await Promise.race([this.#ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })])
    this.kill()
    await this.#ended
  }

  kill(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    running.delete(this)
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  #ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`${this.name} ended in mid-measurement:\n${this.log()}`))
      this.#child.once('exit', onExit)
      this.#child.once('message', (message) => {
        this.#child.off('exit', onExit)
        resolve(Answer.parse(message))
      })
      this.#child.send(question)
    })
  }
}

async function becomesReady(child: ChildProcess, url: string): Promise<boolean> {
  const giveUpAtMs = performance.now() + READY_WITHIN_MS
  while (performance.now() < giveUpAtMs && child.exitCode === null && child.signalCode === null) {
    if (await answersReady(url)) return true
    await sleep(5)
  }
  return false
}

function answersReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    request(`${url}/readyz`, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
      .on('error', () => resolve(false))
      .end()
  })
}

/** A port that nobody listens on. Another program could take it before the server does; then the start fails and says so. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
