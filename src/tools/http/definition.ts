/** An HTTP tool as an agent's YAML holds it, under `tools: [{ http: … }]`: nothing else is needed to make a tool of it. */
import type { z } from 'zod'
import { faultsOf } from './faults.ts'
import { HttpToolShape } from './shape.ts'

export const HttpToolDefinition = HttpToolShape.superRefine((tool, context) => {
  for (const { path, message } of faultsOf(tool)) context.addIssue({ code: 'custom', path: [...path], message })
})
export type HttpToolDefinition = z.infer<typeof HttpToolDefinition>
