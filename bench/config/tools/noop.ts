import { defineTool } from 'earshot'
import { z } from 'zod'

/** A handler that does nothing: what a function call costs is then all Earshot's. */
export default defineTool({
  name: 'noop',
  description: 'Looks up an order.',
  parameters: z.object({ order: z.string() }),
  handler: () => 'ok',
})
