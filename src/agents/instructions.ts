/** An agent's instructions: written in its own file, or a Markdown file that it names. */
import type { ConfigFiles } from './config-files.ts'
import { type Place, type Problem, problem } from './problem.ts'
import type { YamlText } from './yaml-text.ts'

export interface Instructions {
  readonly text: string
  /** Where the first match of a pattern stands. */
  readonly find: (pattern: RegExp) => Place
}

/** `problem` is what is wrong with the file named; what is wrong with a name that is none, the schema says. */
export interface ReadInstructions {
  readonly instructions: Instructions | null
  readonly problem: Problem | null
}

/**
 * @param said what is at `instructions`, in whatever shape
 * @param owner the file that says it: names of other files are relative to it
 */
export async function readInstructions(files: ConfigFiles, said: unknown, owner: YamlText): Promise<ReadInstructions> {
  if (typeof said === 'string') {
    return {
      instructions: { text: said.trim(), find: (pattern) => owner.find(['instructions'], pattern) },
      problem: null,
    }
  }
  const name = typeof said === 'object' && said !== null && 'file' in said ? said.file : undefined
  if (typeof name !== 'string' || name === '') return { instructions: null, problem: null }
  const failed = (why: string): ReadInstructions => {
    const path = ['instructions', 'file']
    return { instructions: null, problem: problem(owner.locate(path, 'value'), path, why) }
  }
  const file = files.beside(owner.file, name)
  const read = await files.text(file, { guarded: true })
  if (!read.ok) return failed(read.why)
  const text = read.text.trim()
  if (text === '') return failed(`${files.shown(file)} is empty`)
  return { instructions: { text, find: (pattern) => placeIn(file, read.text, pattern) }, problem: null }
}

function placeIn(file: string, text: string, pattern: RegExp): Place {
  const before = text.slice(0, Math.max(0, text.search(pattern))).split('\n')
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
