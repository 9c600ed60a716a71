/** The machine the figures were taken on, and how much of it others used meanwhile. */
import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'

export interface MachineFacts {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  readonly platform: string
  readonly date: string
  /** Of one minute, before the bench began. */
  readonly loadAverage: number
}

export function machineFacts(): MachineFacts {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString(),
    loadAverage: loadavg()[0] ?? 0,
  }
}

/** CPU time all processes have used since the system started, in ms; null where /proc does not tell. */
export function cpuBusy(): number | null {
  let line: string | undefined
  try {
    line = readFileSync('/proc/stat', 'utf8').split('\n')[0]
  } catch {
    return null
  }
  // user nice system idle iowait irq softirq steal, in hundredths of a second (proc_stat(5)). Stolen time is others' too.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * 10
}

/** @returns the share of one core that others used since `before`, or null */
export function otherProcessesShare(before: number | null, oursMs: number, elapsedMs: number): number | null {
  const now = cpuBusy()
  return before === null || now === null ? null : Math.max(0, now - before - oursMs) / elapsedMs
}

/** Resident memory of a process in MB, or null where /proc does not tell. */
export function residentMb(pid: number): number | null {
  try {
    const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kb === undefined ? null : Number(kb) / 1024
  } catch {
    return null
  }
}
