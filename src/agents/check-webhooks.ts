/** What no single key tells of webhooks: whether they may be reached, and whether their secrets are such. */
import { z } from 'zod'

type Fault = readonly [path: readonly PropertyKey[], message: string]

/** `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks). */
const SECRET = /^whsec_(?=[A-Za-z0-9+/=]{32,88}$)[A-Za-z0-9+/]+={0,2}$/

interface Known {
  readonly hostFault?: (url: URL) => string | null
  readonly env: Readonly<Record<string, string | undefined>>
}

/** As far as it could be read: the schema has told what is wrong with the rest. */
const text = z.string().optional().catch(undefined)
const Content = z.object({ webhooks: z.array(z.object({ url: text, signingSecret: text })) })

export function webhookFaults(content: unknown, known: Known): Fault[] {
  const read = Content.safeParse(content)
  if (!read.success) return []
  return read.data.webhooks.flatMap(({ url, signingSecret }, index): Fault[] => {
    const path = ['webhooks', index]
    const parsed = url === undefined ? null : URL.parse(url)
    const host = parsed === null ? null : (known.hostFault?.(parsed) ?? null)
    const secret = secretFault(signingSecret, known)
    return [
      ...(host === null ? [] : [[[...path, 'url'], host] as const]),
      ...(secret === null ? [] : [[[...path, 'signingSecret'], secret] as const]),
    ]
  })
}

/** That a variable is not set is told of every secret alike. */
function secretFault(reference: string | undefined, { env }: Known): string | null {
  const name = /^\$\{(\w+)\}$/.exec(reference ?? '')?.[1]
  const value = name === undefined ? undefined : env[name]?.trim()
  if (value === undefined || value === '' || SECRET.test(value)) return null
  return `${name} is no secret of a webhook: set it to \`whsec_\` and base64 of 24 to 64 bytes`
}
