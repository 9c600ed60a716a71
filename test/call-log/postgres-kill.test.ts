/** Whatever happens to the database or to us, what was acknowledged is kept, once. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresCallLog } from '../../src/call-log/postgres.ts'
import { THOROUGH } from '../effort.ts'
import { seeded } from '../seeded.ts'
import { Cluster, postgresPrograms } from './postgres-cluster.ts'

const ROUNDS = Number(process.env.POSTGRES_KILLS ?? (THOROUGH ? 10 : 5))
const PROGRAM = fileURLToPath(new URL('endless-postgres-writer.ts', import.meta.url))

let cluster: Cluster
let folder = ''
beforeAll(async () => {
  if (postgresPrograms() === null) return
  cluster = await Cluster.start()
  folder = mkdtempSync(join(tmpdir(), 'earshot-spool-'))
}, 120_000)
afterAll(() => {
  cluster?.dispose()
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
}, 60_000)

it('is not skipped in CI', () => {
  if (process.env.CI !== undefined && process.env.CI !== '') expect(postgresPrograms()).not.toBeNull()
})

describe.skipIf(postgresPrograms() === null)('a Postgres of its own (Debian: postgresql)', () => {
  it(`has every acknowledged event exactly once after ${ROUNDS} times that we, or the server, were killed, frozen or out of disk`, {
    timeout: 60_000 + ROUNDS * 20_000,
  }, async () => {
    const seed = Number(process.env.SEED ?? 20261125)
    console.log(`seed ${seed}`)
    const random = seeded(seed)
    const acknowledged = new Map<string, Set<number>>()
    const happened: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const writer = startWriter(`r${round}`)
      await writer.acknowledges(1 + Math.floor(random() * 200))
      const what = KINDS[round % KINDS.length] ?? 'we are killed'
      happened.push(what)
      await happens(what, writer, random)
      await writer.kill()
      for (const [callId, seqs] of writer.seen()) acknowledged.set(callId, seqs)
    }
    console.log(happened.join(', '))
    // What still waits on disk is kept at the next start.
    const log = await openPostgresCallLog({ url: cluster.url, spoolFolder: folder })
    await log.settled()
    let events = 0
    for (const [callId, seqs] of acknowledged) {
      const kept = (await log.events(callId)).map(({ seq }) => seq)
      expect(kept, callId).toEqual([...new Set(kept)].toSorted((a, b) => a - b))
      expect(
        [...seqs].filter((seq) => !kept.includes(seq)),
        `acknowledged of ${callId} and lost`,
      ).toEqual([])
      events += seqs.size
      const row = await log.call(callId)
      if (kept.at(-1) === 20 && kept.length === 20)
        expect(row).toMatchObject({ turns: 18, endReason: 'caller-hung-up' })
    }
    console.log(`${events} acknowledged events of ${acknowledged.size} calls`)
    await log.close()
  })
})

const KINDS = [
  'we are killed',
  'the server is killed',
  'the server is frozen',
  'the disk is full',
  'the server is killed and we are, too',
] as const

async function happens(what: (typeof KINDS)[number], writer: Writer, random: () => number): Promise<void> {
  const more = () => writer.acknowledges(20 + Math.floor(random() * 200))
  switch (what) {
    case 'we are killed':
      return
    case 'the server is killed':
      cluster.kill()
      await more()
      cluster.boot()
      return more()
    case 'the server is frozen':
      cluster.freeze()
      await more()
      cluster.thaw()
      return more()
    case 'the disk is full':
      if (!cluster.hasDisk) return
      cluster.fillDisk()
      await more()
      cluster.emptyDisk()
      if (!cluster.isUp) {
        cluster.kill()
        cluster.boot()
      }
      return more()
    case 'the server is killed and we are, too':
      cluster.kill()
      await more()
      await writer.kill()
      cluster.boot()
  }
}

interface Writer {
  /** Resolves when that many more events have been acknowledged. */
  acknowledges(more: number): Promise<void>
  kill(): Promise<void>
  /** What was acknowledged, by call. */
  seen(): Map<string, Set<number>>
}

function startWriter(name: string): Writer {
  const child = spawn(process.execPath, ['--no-warnings', PROGRAM, cluster.url, folder, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let out = ''
  let look = (): void => {}
  child.stdout.on('data', (data) => {
    out += data
    look()
  })
  const lines = (): string[] =>
    out
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.includes(' '))
  return {
    acknowledges: (more) => {
      const enough = lines().length + more
      return new Promise((resolve, reject) => {
        look = () => {
          if (lines().length >= enough) resolve()
        }
        look()
        void closed.then(() => reject(new Error(`the writer ended after ${lines().length} events`)))
      })
    },
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
    seen: () => {
      const calls = new Map<string, Set<number>>()
      for (const line of lines()) {
        const [callId = '', seq] = line.split(' ')
        calls.set(callId, (calls.get(callId) ?? new Set()).add(Number(seq)))
      }
      return calls
    },
  }
}
