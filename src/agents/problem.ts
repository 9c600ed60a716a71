/** Something in a configuration file that an operator must mend, or should know. */

export interface Problem {
  readonly file: string
  /** Both count from 1. */
  readonly line: number
  readonly column: number
  /** Where in the file, as `model.voice`; empty for the whole of it. */
  readonly path: string
  readonly message: string
  /** `file:line:column  path: message` */
  readonly text: string
}

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export function problem({ file, line, column }: Place, path: readonly PropertyKey[], message: string): Problem {
  const shown = path.map(String).join('.')
  const text = `${file}:${line}:${column}  ${shown === '' ? '' : `${shown}: `}${message}`
  return { file, line, column, path: shown, message, text }
}

/** The beginning of a file: for what is wrong with all of it. */
export function startOf(file: string): Place {
  return { file, line: 1, column: 1 }
}
