/** The files of CONFIG_DIR that one load reads: which they are, and that what they name is inside. */
import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

type ReadText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }

/** Far beyond any model's instructions; a file that is larger is not what it was taken for. */
const MOST_BYTES = 1024 * 1024

export class ConfigFiles {
  readonly #configDir: string
  readonly #folders = new Set<string>()

  constructor(configDir: string) {
    this.#configDir = configDir
  }

  /** Folders of files that were asked for, there or not: a change in one of them may change what a load finds. */
  get folders(): readonly string[] {
    return [...this.#folders]
  }

  /** What a file means by the name of another: relative to itself. */
  beside(file: string, name: string): string {
    return join(dirname(file), name)
  }

  /** As people know it: from CONFIG_DIR on. */
  shown(file: string): string {
    return relative(this.#configDir, file) || basename(file)
  }

  /** @param guarded true for a file that another file names: such a file must lie in CONFIG_DIR, by links too */
  async text(file: string, { guarded }: { readonly guarded: boolean }): Promise<ReadText> {
    const inside = within(resolve(this.#configDir), resolve(file))
    if (guarded && !inside) return { ok: false, why: this.#outside(file) }
    this.#folders.add(dirname(file))
    try {
      const real = await realpath(file)
      if (guarded && !within(await realpath(this.#configDir), real)) return { ok: false, why: this.#outside(file) }
      const { size } = await stat(real)
      if (size > MOST_BYTES) return { ok: false, why: `${this.shown(file)} is larger than ${MOST_BYTES} bytes` }
      return { ok: true, text: await readFile(real, 'utf8') }
    } catch (error) {
      return { ok: false, why: `${this.shown(file)} ${reason(error)}` }
    }
  }

  #outside(file: string): string {
    return `${this.shown(file)} lies outside CONFIG_DIR: only files inside it are read`
  }
}

function within(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function reason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EISDIR') return 'is a folder'
  if (code === 'EACCES') return 'may not be read by this user'
  return `cannot be read (${error instanceof Error ? error.message : String(error)})`
}
