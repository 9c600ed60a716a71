/** All endpoints of `/api/v1`, by the name that the server's handlers and the console's client use. */
import { agents } from './agents.ts'
import { calls } from './calls.ts'
import { live } from './live.ts'
import { people } from './people.ts'

export const API = { ...people, ...calls, ...live, ...agents } as const
export type Api = typeof API
export type EndpointName = keyof Api
