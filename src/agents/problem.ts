/** Something in a configuration file that an operator must mend. */

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
  readonly line: number
  readonly column: number
}

export function problem(file: string, at: Place, path: readonly PropertyKey[], message: string): Problem {
  const shown = path.map(String).join('.')
  const text = `${file}:${at.line}:${at.column}  ${shown === '' ? '' : `${shown}: `}${message}`
  return { file, line: at.line, column: at.column, path: shown, message, text }
}
