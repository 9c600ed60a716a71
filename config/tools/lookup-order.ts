/** Looks an order up. Here the orders are a file beside this one; yours may be behind `fetch`. */
import { defineTool } from 'earshot'
import { z } from 'zod'
import orders from './data/orders.json' with { type: 'json' }

export default defineTool({
  name: 'lookup_order',
  description: 'Finds an order by its number and tells what it is about, how far it is and when it is ready.',
  parameters: z.object({
    order: z.string().min(1).max(40).describe('The order number as the caller confirmed it, like HB-1042.'),
  }),
  timeoutMs: 5000,
  readOnly: true,
  handler({ order: spoken }) {
    const order = orderNumber(spoken) ?? spoken
    const known = orders.find((each) => each.order === order)
    if (known !== undefined) return { found: true, ...known }
    return {
      found: false,
      order,
      advice: 'Read the number back to the caller, digit by digit, and ask whether it is right.',
    }
  },
})

/** "h b 1042", "HB1042", "hb - 10 42" and "1042" are all HB-1042: that is how numbers are spoken and transcribed. */
function orderNumber(spoken: string): string | null {
  const digits = /^(?:HB)?(\d{4})$/.exec(spoken.toUpperCase().replace(/[^A-Z0-9]/g, ''))?.[1]
  return digits === undefined ? null : `HB-${digits}`
}
