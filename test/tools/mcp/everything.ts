/** A real MCP server of npm, as a process of its own: `@modelcontextprotocol/server-everything`, over streamable HTTP. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const SERVER = join(import.meta.dirname, '../../../node_modules/@modelcontextprotocol/server-everything/dist/index.js')
const TRIES = 5
const UP_WITHIN_MS = 30_000

export class EverythingServer implements AsyncDisposable {
  readonly port: number
  #child: ChildProcess | null = null

  constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`
  }

  /** @throws Error when it does not come up, as when somebody else has taken the port meanwhile */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [SERVER, 'streamableHttp'], {
      env: { PATH: process.env.PATH, PORT: String(this.port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const deadline = Date.now() + UP_WITHIN_MS
    while (Date.now() < deadline && child.exitCode === null) {
      const answer = await fetch(this.url, { method: 'POST' }).catch(() => null)
      await answer?.body?.cancel()
      if (answer !== null && child.exitCode === null) return
      await pause(50)
    }
    await this.stop()
    throw new Error(`the MCP server did not come up: ${said}`)
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** One that runs. */
export async function startEverything(): Promise<EverythingServer> {
  for (let tries = 1; ; tries++) {
    const server = new EverythingServer(await freePort())
    try {
      await server.start()
      return server
    } catch (error) {
      if (tries === TRIES) throw error
    }
  }
}

/** The server wants a number: one that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
