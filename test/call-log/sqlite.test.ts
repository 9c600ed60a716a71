import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { callLogContract } from '../contracts/call-log.ts'
import { THOROUGH } from '../effort.ts'
import { seeded } from '../seeded.ts'
import { onDisk } from './on-disk.ts'
import { callEvents, callerSaid, END, START } from './sample-call.ts'

const folders: string[] = []
function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-call-log-'))
  folders.push(folder)
  return join(folder, 'data', 'earshot.db')
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

callLogContract('SQLite', async () => {
  const path = newPath()
  return { open: () => openSqliteCallLog({ path }), dispose: async () => {} }
})

it('refuses a second writer, naming the file, and takes one again when the first is closed', async () => {
  const path = newPath()
  const first = await openSqliteCallLog({ path })
  await expect(openSqliteCallLog({ path })).rejects.toThrow(`The call log ${path} is in use by another Earshot server`)
  await first.append(callEvents('call_1', [START]))
  await first.close()
  const second = await openSqliteCallLog({ path })
  expect(await second.unfinished()).toEqual(['call_1'])
  await second.close()
})

it('refuses a writer while another process has the file, and not when that process was killed', async () => {
  const path = newPath()
  const owner = startWriter(path, 'call_1')
  await owner.acknowledged(3)
  await expect(openSqliteCallLog({ path })).rejects.toThrow('in use by another Earshot server')
  await owner.kill()
  const log = await openSqliteCallLog({ path })
  expect(await log.unfinished()).toEqual(['call_1'])
  await log.close()
})

it('reads beside a running server, and writes nothing', async () => {
  const path = newPath()
  const log = await openSqliteCallLog({ path })
  const reader = await openSqliteCallLog({ path, readOnly: true })
  const events = callEvents('call_1', [START, END])
  await log.append(events)
  expect(await reader.events('call_1')).toEqual(events)
  await expect(reader.append(events)).rejects.toThrow('opened for reading only')
  await expect(reader.agentsRun([], 0)).rejects.toThrow('opened for reading only')
  await reader.close()
  await log.close()
  const later = await openSqliteCallLog({ path, readOnly: true })
  expect((await later.list({ limit: 5 })).calls).toHaveLength(1)
  await later.close()
})

it('reads what a killed server left behind', async () => {
  const path = newPath()
  const server = startWriter(path, 'call_1')
  await server.acknowledged(5)
  const acknowledged = await server.kill()
  const reader = await openSqliteCallLog({ path, readOnly: true })
  expect((await reader.events('call_1')).length).toBeGreaterThanOrEqual(acknowledged)
  await reader.close()
})

it('says so when there is nothing to read', async () => {
  const path = newPath()
  await expect(openSqliteCallLog({ path, readOnly: true })).rejects.toThrow(`There is no call log at ${path}`)
})

it('refuses a file that is no call log, is damaged, or was written by a newer version', async () => {
  const path = newPath()
  const log = await openSqliteCallLog({ path })
  await log.append(callEvents('call_1', [START, callerSaid('x'.repeat(50_000), 0, 1), END]))
  await log.close()
  const size = statSync(path).size

  const newer = new DatabaseSync(path)
  newer.exec("insert into migrations values ('99-later', 0)")
  newer.close()
  await expect(openSqliteCallLog({ path })).rejects.toThrow('newer version of Earshot (it has step 99-later')
  await expect(openSqliteCallLog({ path, readOnly: true })).rejects.toThrow('newer version of Earshot')

  truncateSync(path, size - 8192)
  await expect(openSqliteCallLog({ path })).rejects.toThrow(`The call log ${path} is damaged`)
  writeFileSync(path, 'this is a letter, and no database at all, though long enough to have a header'.repeat(20))
  await expect(openSqliteCallLog({ path })).rejects.toThrow(`The call log ${path} is damaged`)
})

it('keeps the file from the eyes of other users', async () => {
  const path = newPath()
  const log = await openSqliteCallLog({ path })
  await log.append(callEvents('call_1', [START]))
  for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o077).toBe(0)
  await log.close()
})

it('rejects an append while another program holds the lock, and works again afterwards', async () => {
  const path = newPath()
  const log = await openSqliteCallLog({ path, busyTimeoutMs: 20 })
  const events = callEvents('call_1', [START, END])
  const intruder = new DatabaseSync(path)
  intruder.exec('begin immediate')
  await expect(log.append(events)).rejects.toThrow(`The call log ${path} is locked by another program`)
  expect(await log.events('call_1')).toEqual([])
  intruder.exec('rollback')
  intruder.close()
  await log.append(events)
  expect(await log.events('call_1')).toEqual(events)
  await log.close()
})

it('says at which event a call cannot be read, when the file was altered', async () => {
  const path = newPath()
  const log = await openSqliteCallLog({ path })
  await log.append(callEvents('call_1', [START, END]))
  const editor = new DatabaseSync(path)
  editor.exec(`update events set body = '{"type":"call-ended"}' where seq = 2`)
  editor.close()
  await expect(log.events('call_1')).rejects.toThrow('Event 2 of call call_1 cannot be read')
  await log.close()
})

it('does not keep the process alive when nothing is in flight', async () => {
  const path = newPath()
  const url = new URL('../../src/call-log/sqlite.ts', import.meta.url).href
  const script = `
    import { openSqliteCallLog } from '${url}'
    const log = await openSqliteCallLog({ path: ${JSON.stringify(path)} })
    await log.append(${JSON.stringify(callEvents('call_1', [START]))})
    console.log(await log.unfinished())`
  const { exitCode, out } = await run(['--input-type=module', '-e', script])
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: "[ 'call_1' ]\n" })
})

it.skipIf(process.platform !== 'linux')(
  'survives a disk that is full, and goes on when there is room again',
  async () => {
    const path = newPath()
    const { exitCode, out } = await run(
      [fileURLToPath(new URL('full-disk-writer.ts', import.meta.url)), path],
      'ulimit -S -f 1024',
    )
    expect({ exitCode, out }).toMatchObject({ exitCode: 0 })
    const { kept, refused, readWhileFull, keptAfterwards } = JSON.parse(out)
    expect(kept).toBeGreaterThan(0)
    expect(refused).toMatch(/the disk may be full or failing|is full/)
    expect(readWhileFull).toBe(kept)
    expect(keptAfterwards).toBe(kept + 1)
    const log = await openSqliteCallLog({ path })
    expect((await log.events('call_1')).map(({ seq }) => seq)).toEqual(
      Array.from({ length: kept + 1 }, (_, i) => i + 1),
    )
    await log.close()
  },
)

it('has every acknowledged event exactly once after kill -9 at any moment', async () => {
  const path = newPath()
  const random = seeded(20261121)
  for (let kill = 0; kill < (THOROUGH ? 20 : 5); kill++) {
    const callId = `call_${kill}`
    const writer = startWriter(path, callId)
    await writer.acknowledged(1 + Math.floor(random() * 60))
    const acknowledged = await writer.kill()
    // As a start opens it, with its checks, but without a thread: twenty of them would be most of this test's time.
    const { calls, events } = onDisk(path, false)
    const seqs = events.get(callId)?.map(({ seq }) => seq) ?? []
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1))
    expect(seqs.length).toBeGreaterThanOrEqual(acknowledged)
    expect(calls.find((each) => each.callId === callId)).toMatchObject({ turns: seqs.length - 1, endReason: null })
  }
}, 300_000)

interface Writer {
  /** Resolves when the log has acknowledged that many events to the writer. */
  acknowledged(count: number): Promise<void>
  /** @returns the seq up to which everything was acknowledged before the process died */
  kill(): Promise<number>
}

/** A process that appends events one after another, several in flight, and prints each seq once it is acknowledged. */
function startWriter(path: string, callId: string): Writer {
  const program = fileURLToPath(new URL('endless-writer.ts', import.meta.url))
  const child = spawn(process.execPath, ['--no-warnings', program, path, callId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let out = ''
  let look = (): void => {}
  child.stdout.on('data', (data) => {
    out += data
    look()
  })
  const lines = (): number[] =>
    out
      .slice(0, out.lastIndexOf('\n') + 1)
      .trim()
      .split('\n')
      .map(Number)
  return {
    acknowledged: (count) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (out !== '' && lines().length >= count) resolve()
        }
        look()
        void closed.then(() => reject(new Error(`the writer ended after: ${out}`)))
      }),
    kill: async () => {
      child.kill('SIGKILL')
      await closed
      return lines().at(-1) ?? 0
    },
  }
}

async function run(args: readonly string[], before = ':'): Promise<{ exitCode: number | null; out: string }> {
  const child = spawn('sh', ['-c', `${before}; exec "$@"`, 'sh', process.execPath, '--no-warnings', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { exitCode, out }
}

it('takes over a file from before its steps had names, with all calls in it', async () => {
  const path = newPath()
  mkdirSync(dirname(path), { recursive: true })
  const old = new DatabaseSync(path)
  old.exec(`
    create table schema_version (version integer not null) strict;
    insert into schema_version values (2);
    create table events (
      call_id text not null, seq integer not null, v integer not null, at real not null, at_ms real not null,
      type text not null, body text not null, primary key (call_id, seq)) strict, without rowid;
    create table calls (call_id text not null primary key, last_seq integer not null) strict, without rowid;
    create table agent_versions (
      name text not null, version text not null, text text not null, kept_at real not null, primary key (name, version)
    ) strict, without rowid;
    create table running_agents (name text not null primary key, version text not null, since real not null) strict, without rowid;
    insert into agent_versions values ('shop', 'v1', 'instructions: Be brief.', 5);
    insert into running_agents values ('shop', 'v1', 5);`)
  const add = old.prepare('insert into events values (?, ?, ?, ?, ?, ?, ?)')
  const events = [
    ...callEvents('ended', [START, callerSaid('Where is my unicycle?', 0, 900), END]),
    ...callEvents('live', [START]),
  ]
  for (const { v, callId, seq, at, atMs, body } of events)
    add.run(callId, seq, v, at, atMs, body.type, JSON.stringify(body))
  old.close()
  for (const _ of [1, 2]) {
    const log = await openSqliteCallLog({ path })
    expect(await log.unfinished()).toEqual(['live'])
    expect((await log.list({ text: 'unicycle' })).calls.map(({ callId }) => callId)).toEqual(['ended'])
    expect(await log.runningAgents()).toEqual({
      at: 5,
      agents: [{ name: 'shop', version: 'v1', text: 'instructions: Be brief.' }],
    })
    await log.close()
  }
})
