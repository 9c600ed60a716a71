/** The tables, as kysely must know them. migrations.ts makes them. */
export type Tables = Record<string, never>
