/** The real server in a process of its own, which can be asked, stopped and killed. Nothing here sleeps. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Waiters } from '../../src/twin/model/waiters.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Far beyond what anything here takes, because the machine may be busy. */
const WAIT_MOST_MS = 90_000

/** Whatever still runs when this process ends is killed, by its own id. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface ChildOptions {
  /** For node, relative to the repository. Default: `src/main.ts serve`. */
  readonly program?: readonly string[]
  readonly flags?: readonly string[]
  /** All of its environment, but for PATH. PORT is any free one unless it is given. */
  readonly env: Readonly<Record<string, string>>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One line of the server's log. */
export const LogLine = z.looseObject({ level: z.number(), msg: z.string() })
export type LogLine = z.infer<typeof LogLine>

export const Counters = z.object({
  /** Of `process.getActiveResourcesInfo()`, how many of each kind. */
  resources: z.record(z.string(), z.number()),
  liveCalls: z.number(),
  openStreams: z.number(),
  unusedTokens: z.number(),
  callsInJournal: z.number(),
  decisionsKept: z.number(),
  heapMb: z.number(),
})
export type Counters = z.infer<typeof Counters>

export class ServerChild implements AsyncDisposable {
  readonly exited: Promise<Exit>
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess
  readonly #waiters = new Waiters()

  /** Starts it and does not wait. */
  constructor({ program = ['src/main.ts', 'serve'], flags = [], env }: ChildOptions) {
    const [file = '', ...args] = program
    const child = spawn(process.execPath, ['--no-warnings', ...flags, resolve(ROOT, file), ...args], {
      // Where no .env lies that would be read.
      cwd: tmpdir(),
      env: { PATH: process.env.PATH ?? '', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    running.add(child)
    // Its output is complete when it has closed, which may be after it has exited.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child)
        resolve({ code, signal })
        this.#waiters.changed()
      })
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#waiters.changed()
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#waiters.changed()
    })
  }

  /** A server that has told where it listens and says that it is ready. */
  static async ready(options: ChildOptions): Promise<ServerChild> {
    const server = new ServerChild(options)
    await server.ready()
    return server
  }

  /** Waits until it has told where it listens and says that it is ready. @throws Error with its output when it ends before */
  async ready(): Promise<void> {
    const { status, text } = await get(`${await this.listening()}/readyz`)
    if (status !== 200) throw new Error(`/readyz answers ${status} ${text}`)
  }

  /** Fulfilled with the address when the server has told it. @throws Error with its output when it ends before */
  async listening(): Promise<string> {
    await this.until(() => this.#address !== null || this.hasExited, 'the address it listens on')
    if (this.#address === null) throw new Error(`the server did not start:\n${this.stdout}${this.stderr}`)
    return this.url
  }

  get url(): string {
    if (this.#address === null) throw new Error('the server has not told where it listens')
    return this.#address
  }

  get #address(): string | null {
    return /listens on (http:\S+)/.exec(this.stdout)?.[1] ?? null
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The lines of its log so far; whatever else it prints is left out. */
  get log(): LogLine[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1)
    return whole
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => LogLine.parse(JSON.parse(line)))
  }

  /** Waits until something can be seen of the server's output or end. @throws Error with its output */
  async until<Seen>(look: () => Seen | undefined | null | false, what: string): Promise<Seen> {
    try {
      return await this.#waiters.wait(look, what, WAIT_MOST_MS)
    } catch (error) {
      throw new Error(`${what} was not seen. The server's output:\n${this.stdout.slice(-4000)}${this.stderr}`, {
        cause: error,
      })
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** `kill -9`, and the end of it. */
  async kill(): Promise<void> {
    if (!this.hasExited) this.#child.kill('SIGKILL')
    await this.exited
  }

  /** Only of `counting-server.ts`. @param collected after full collections of garbage, which need `--expose-gc` */
  async counters(collected = false): Promise<Counters> {
    const answered = once(this.#child, 'message')
    this.#child.send(collected ? 'collect' : 'count')
    const [answer] = await answered
    return Counters.parse(answer)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

/** One GET on a connection of its own, which is gone afterwards. */
export async function get(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const asked = request(url, { agent: false }).end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.on('response', resolve).on('error', reject)
  })
  return { status: response.statusCode ?? 0, text: await textOf(response) }
}

/** Runs a command of the command line to its end. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const child = new ServerChild({ program: ['src/main.ts', ...args], env })
  const exit = await child.exited
  return { ...exit, stdout: child.stdout, stderr: child.stderr }
}

/** Files of a configuration by path, in a folder of their own that `remove` takes away. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'earshot-process-'))

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  join(...path: readonly string[]): string {
    return join(this.path, ...path)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.join(path)), { recursive: true })
    writeFileSync(this.join(path), text)
  }

  /** With the prices of the models, so that the server has nothing to warn of. */
  withPricing(): this {
    mkdirSync(this.join('config'), { recursive: true })
    copyFileSync(join(ROOT, 'config', 'pricing.yaml'), this.join('config', 'pricing.yaml'))
    return this
  }

  /** The variables that name it. */
  get env(): Record<string, string> {
    return { CONFIG_DIR: this.join('config'), DATA_DIR: this.join('data') }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
