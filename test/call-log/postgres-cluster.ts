/**
 * A Postgres server of a test's own, to be killed, frozen and starved: in a folder of its own, on loopback, as an ordinary
 * user. It needs Postgres's programs (Debian: postgresql), and root to fill a disk of its own.
 */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = '/usr/lib/postgresql'

/** Where its programs are; null: there are none here. */
export function postgresPrograms(): string | null {
  const [newest] = existsSync(ROOT) ? readdirSync(ROOT).toSorted((a, b) => Number(b) - Number(a)) : []
  const folder = join(ROOT, newest ?? '', 'bin')
  return newest !== undefined && existsSync(join(folder, 'initdb')) ? folder : null
}

export class Cluster {
  readonly url: string
  readonly #folder: string
  readonly #programs: string
  readonly #port: number
  readonly #hasDisk: boolean

  private constructor(folder: string, programs: string, port: number, hasDisk: boolean) {
    this.#folder = folder
    this.#programs = programs
    this.#port = port
    this.#hasDisk = hasDisk
    this.url = `postgres://earshot@127.0.0.1:${port}/postgres`
  }

  static async start(): Promise<Cluster> {
    const programs = postgresPrograms()
    if (programs === null) throw new Error('there are no programs of Postgres here')
    const folder = mkdtempSync(join(tmpdir(), 'earshot-cluster-'))
    const hasDisk = isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', folder]).status === 0
    const { uid, gid } = postgresUser
    if (isRoot) chownSync(folder, uid, gid)
    const cluster = new Cluster(folder, programs, await freePort(), hasDisk)
    const made = ['-D', cluster.#data, '-U', 'earshot', '--auth=trust', '-E', 'UTF8', '--locale=C', '--wal-segsize=1']
    cluster.#run('initdb', made)
    cluster.boot()
    return cluster
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  /** Whether it has a disk of its own that can be filled. */
  get hasDisk(): boolean {
    return this.#hasDisk
  }

  boot(): void {
    const options = [
      `listen_addresses=127.0.0.1`,
      `port=${this.#port}`,
      `unix_socket_directories=''`,
      'max_wal_size=16MB',
    ]
    const text = [...options, 'min_wal_size=2MB', 'shared_buffers=16MB'].map((each) => `-c ${each}`).join(' ')
    this.#run('pg_ctl', ['-D', this.#data, '-w', '-t', '60', '-l', join(this.#folder, 'log'), '-o', text, 'start'])
  }

  /** kill -9 of the server; what it had open is gone with it, as when power fails. */
  kill(): void {
    const pids = this.#pids
    for (const pid of pids) signal(pid, 'SIGKILL')
    // A server that still has processes refuses to start.
    for (let look = 0; look < 1000 && pids.some(isRunning); look++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
    // Where nobody asks after processes that have ended, this one seems to be there still.
    rmSync(join(this.#data, 'postmaster.pid'), { force: true })
  }

  freeze(): void {
    for (const pid of this.#pids) signal(pid, 'SIGSTOP')
  }

  thaw(): void {
    for (const pid of this.#pids) signal(pid, 'SIGCONT')
  }

  /** Takes all the room that is left on its disk. */
  fillDisk(): void {
    spawnSync('sh', ['-c', `cat /dev/zero > ${this.#filler} 2>/dev/null`])
  }

  emptyDisk(): void {
    rmSync(this.#filler, { force: true })
  }

  get isUp(): boolean {
    return spawnSync(join(this.#programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(this.#port)]).status === 0
  }

  dispose(): void {
    this.thaw()
    this.kill()
    if (this.#hasDisk) spawnSync('umount', [this.#folder])
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #filler(): string {
    return join(this.#folder, 'filler')
  }

  /** The server's own process and those that it has started. */
  get #pids(): number[] {
    const file = join(this.#data, 'postmaster.pid')
    if (!existsSync(file)) return []
    const postmaster = Number(readFileSync(file, 'utf8').split('\n')[0])
    if (!signal(postmaster, 0)) return []
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim()
    return [postmaster, ...(children === '' ? [] : children.split(' ').map(Number))]
  }

  #run(program: string, args: readonly string[]): void {
    const { uid, gid } = postgresUser
    const done = spawnSync(join(this.#programs, program), args, {
      cwd: this.#folder,
      encoding: 'utf8',
      timeout: 90_000,
      // What it starts keeps its outputs open; nothing is to wait for those.
      stdio: ['ignore', 'ignore', 'ignore'],
      ...(isRoot ? { uid, gid } : {}),
    })
    if (done.status === 0) return
    const log = join(this.#folder, 'log')
    const said = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-8).join('\n') : ''
    throw new Error(`${program} failed (${done.status ?? done.signal ?? done.error?.message})\n${said}`)
  }
}

const isRoot = process.getuid?.() === 0

/** Postgres refuses to run as root. */
const postgresUser = ((): { readonly uid: number; readonly gid: number } => {
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(
    existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8') : '',
  )
  return { uid: Number(line?.[1] ?? 65534), gid: Number(line?.[2] ?? 65534) }
})()

/** @returns whether there is such a process */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    return false
  }
}

/** One that has ended and that nobody has asked about yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
