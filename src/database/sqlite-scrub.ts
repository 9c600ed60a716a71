/**
 * Clears what was erased out of the file itself. With `secure_delete`, SQLite writes zeros over what is deleted; but when it
 * moves rows from page to page, copies of them stay behind in the part of a page that no row uses (between the list of cells
 * and the cells: sqlite.org/fileformat2.html, 1.6). `vacuum` would clear that as well, and hold up every event of every live
 * call while it writes a file of gigabytes anew. So the unused parts alone are overwritten, a few megabytes at a time.
 *
 * That is safe beside SQLite: nothing reads those bytes, pages have no checksum, and the -wal file is emptied into the file
 * and the writer's memory of pages dropped before each stretch, so that no old page is written back afterwards.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'

const Checkpointed = z.object({ busy: z.int() })
const PageSize = z.object({ page_size: z.int() })

/** So much is looked through before appends get their turn. */
const STRETCH_BYTES = 4 * 1024 * 1024
/** From here on the number of a following page could be taken for the mark of a page with cells. */
const MOST_PAGES = 0x02_00_00_00
const HEADER_OF_FILE = 100

export class Scrubber {
  readonly #db: DatabaseSync
  readonly #path: string
  /** Open for as long as the database: closing any handle of a file drops the locks that SQLite holds on it (fcntl). */
  #file: number | null = null

  constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
  }

  /** @throws Error when another program reads the file for so long that the -wal file cannot be emptied */
  async scrub(): Promise<void> {
    this.#file ??= openSync(this.#path, 'r+')
    const { page_size: pageBytes } = PageSize.parse(this.#db.prepare('pragma page_size').get())
    const stretch = Buffer.alloc(Math.max(STRETCH_BYTES, pageBytes))
    let at = 0
    do {
      this.#settle()
      const read = readSync(this.#file, stretch, 0, stretch.length, at)
      for (let page = 0; page + pageBytes <= read; page += pageBytes) {
        if ((at + page) / pageBytes >= MOST_PAGES) return
        const unused = unusedPart(stretch.subarray(page, page + pageBytes), at + page === 0)
        if (unused !== null) clear(this.#file, at + page, unused)
      }
      fsyncSync(this.#file)
      at += stretch.length
      await setImmediate()
    } while (at < fstatSync(this.#file).size)
    this.#settle()
  }

  /** After the database. */
  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  #settle(): void {
    const { busy } = Checkpointed.parse(this.#db.prepare('pragma wal_checkpoint(truncate)').get())
    if (busy !== 0) {
      throw new Error('What was erased cannot be cleared from the -wal file while another program reads it: try again')
    }
    this.#db.exec('pragma shrink_memory')
  }
}

interface Part {
  readonly from: number
  readonly bytes: number
}

/** Where a page with cells has none; null for other pages, and when there is nothing to clear. */
function unusedPart(page: Uint8Array, first: boolean): Part | null {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
  const header = first ? HEADER_OF_FILE : 0
  const kind = view.getUint8(header)
  const isInner = kind === 0x02 || kind === 0x05
  if (!isInner && kind !== 0x0a && kind !== 0x0d) return null
  const from = header + (isInner ? 12 : 8) + 2 * view.getUint16(header + 3)
  // 0 stands for 65,536.
  const to = view.getUint16(header + 5) || 65_536
  if (from >= to || to > page.byteLength) return null
  return page.subarray(from, to).some((byte) => byte !== 0) ? { from, bytes: to - from } : null
}

function clear(file: number, pageAt: number, { from, bytes }: Part): void {
  writeSync(file, Buffer.alloc(bytes), 0, bytes, pageAt + from)
}
