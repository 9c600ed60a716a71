/**
 * Notices that something changed in folders. Folders are watched and not files: an editor that saves by renaming, and a
 * ConfigMap whose link is swapped, put another file in the place of the one that was there.
 */
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'

/** Sets a timer, and returns how to take it back. */
export type SetTimer = (run: () => void, afterMs: number) => () => void

export const realTimer: SetTimer = (run, afterMs) => {
  // A server that has nothing else to do is done.
  const timer = setTimeout(run, afterMs).unref()
  return () => clearTimeout(timer)
}

/** What belongs to one save has happened by then. */
const SETTLE_MS = 200

export interface FolderWatchOptions {
  readonly changed: () => void
  /** A folder that cannot be watched: changes in it are not noticed. */
  readonly onTrouble: (detail: string) => void
  readonly setTimer: SetTimer
}

export class FolderWatch {
  readonly #options: FolderWatchOptions
  #watchers: FSWatcher[] = []
  #cancel: (() => void) | null = null
  #closed = false

  constructor(options: FolderWatchOptions) {
    this.#options = options
  }

  /**
   * Watches these folders and no others, from now on and as they are now: a name that has come to stand for another folder
   * is that folder. Of one that is not there, its nearest parent is watched.
   */
  open(folders: readonly string[]): void {
    if (this.#closed) return
    const before = this.#watchers
    const places = new Set(folders.map((folder) => nearestFolder(resolve(folder))))
    this.#watchers = [...places].flatMap((folder) => this.#watch(folder, null))
    // What is watched may itself be a link that is swapped.
    for (const folder of places) {
      if (!places.has(dirname(folder))) this.#watchers.push(...this.#watch(dirname(folder), basename(folder)))
    }
    for (const watcher of before) watcher.close()
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
    for (const watcher of this.#watchers.splice(0)) watcher.close()
  }

  /** @param only the one name in the folder that matters; null: all */
  #watch(folder: string, only: string | null): FSWatcher[] {
    const trouble = (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      this.#options.onTrouble(`changes in ${folder} are not noticed: ${why}`)
    }
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (only === null || name === null || name === only) this.#noticed()
      })
      watcher.on('error', trouble)
      return [watcher]
    } catch (error) {
      trouble(error)
      return []
    }
  }

  /** The first change sets the timer, and later ones do not move it: a folder that never rests is still looked at. */
  #noticed(): void {
    if (this.#closed) return
    this.#cancel ??= this.#options.setTimer(() => {
      this.#cancel = null
      this.#options.changed()
    }, SETTLE_MS)
  }
}

function nearestFolder(folder: string): string {
  const parent = dirname(folder)
  return existsSync(folder) || parent === folder ? folder : nearestFolder(parent)
}
