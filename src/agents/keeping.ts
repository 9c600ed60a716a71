// biome-ignore-all lint/suspicious/noTemplateCurlyInString: names of secrets are written like this
/** What is kept of an agent's calls, for how long, and who is told of them. */
import { z } from 'zod'
import { sentence } from './values.ts'

const days = z.int().min(1).max(3660).nullable()

export const Recording = z
  .strictObject({
    mode: z
      .enum(['off', 'on', 'after_consent'])
      .default('off')
      .meta({
        description:
          'Whether audio is kept: never, from the first moment on, or from when the caller has agreed to it.',
        examples: ['after_consent'],
      }),
    ask: sentence
      .default('This call may be recorded so that we can serve you better. Is that all right with you?')
      .meta({
        description: 'What the agent asks before it records, with `after_consent`.',
        examples: ['May we record this call?'],
      }),
    store: z
      .enum(['disk', 's3'])
      .default('disk')
      .meta({
        description: 'Where finished recordings are: in DATA_DIR, or in the store that RECORDINGS_S3_URL names.',
        examples: ['s3'],
      }),
  })
  .prefault({})

export const Retention = z
  .strictObject({
    audioDays: days.default(90).meta({
      description: 'How long recordings are kept after a call; null: until somebody erases them.',
      unit: 'days',
      examples: [30],
    }),
    wordsDays: days.default(365).meta({
      description: 'How long what was said, and what tools were asked and answered; then times and figures stay.',
      unit: 'days',
      examples: [180],
    }),
    eventsDays: days.default(null).meta({
      description: 'How long anything at all is known of a call.',
      unit: 'days',
      examples: [730],
    }),
  })
  .prefault({})

/** Where to tell of calls that have ended. */
const Webhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({
    description: 'Where a POST goes when a call has ended.',
    allowed: 'https, or http to a host that config/network.yaml lists',
    examples: ['https://crm.example/hooks/calls'],
  }),
  signingSecret: z
    .string()
    .regex(/^\$\{[A-Z_][A-Z0-9_]*\}$/, 'the name of a variable of the environment, like ${CRM_HOOK_SECRET}')
    .meta({
      secret: true,
      description: 'Signs each message (Standard Webhooks); the variable holds `whsec_` and base64.',
      allowed: '`${ENV_NAME}`',
      examples: ['${CRM_HOOK_SECRET}'],
    }),
  words: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether what was said goes with it, or figures alone.', examples: [false] }),
})

export const Webhooks = z
  .array(Webhook)
  .max(10)
  .default([])
  .meta({
    description: 'Who is told when a call has ended: at least once, for up to 24 hours, until they answer with a 2xx.',
    examples: [[{ url: 'https://crm.example/hooks/calls', signingSecret: '${CRM_HOOK_SECRET}' }]],
  })
