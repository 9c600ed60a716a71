/** One step of migrations.ts. */
export interface Migration {
  readonly name: string
  readonly sqlite: string
  readonly postgres: string
  /** The rows of calls are new, or hold something new: they are folded from the events before anybody reads them. */
  readonly foldsAgain?: true
}
