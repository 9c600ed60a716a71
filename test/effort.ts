/**
 * How much a test repeats what chance decides. CI does all of it; `npm test` at somebody's desk does enough to see a
 * mistake within two minutes.
 */
export const THOROUGH = process.env.CI !== undefined && process.env.CI !== ''
