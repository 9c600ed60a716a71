/** `transfer_call`: the agent connects the caller with a destination of its YAML, named and never dialled by the model. */
import { z } from 'zod'
import { buildTool, type Tool } from '../tool.ts'

/** @param destinations what the agent's YAML lists, by name; at least one */
export function transferCall(
  destinations: Readonly<Record<string, { readonly description?: string | undefined }>>,
): Tool {
  const names = Object.keys(destinations)
  const listed = names.map((name) => {
    const { description } = destinations[name] ?? {}
    return description === undefined ? name : `${name} (${description})`
  })
  return buildTool(
    {
      name: 'transfer_call',
      description: `Connects the caller with another party and ends your part of the call. Tell the caller in the same turn. Destinations: ${listed.join('; ')}.`,
      parameters: z.object({
        destination: z.enum(names, {
          error: `must be one of: ${names.join(', ')}. A telephone number is not accepted`,
        }),
      }),
    },
    ({ destination }) => ({
      output: `The caller is connected with ${destination} as soon as they have heard you. If you have not told them yet, do so now in one short sentence.`,
      effect: { type: 'transfer', destination },
    }),
    'call',
  )
}
