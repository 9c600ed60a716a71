/** Small values that several keys of an agent share. In words of people, `allowed` is what a pattern lets through. */
import { z } from 'zod'

export const phoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{5,14}$/, 'a phone number in E.164 form, like +15550100')
  .meta({ allowed: 'E.164' })

/** What is spoken once, and must not try a caller's patience. */
export const sentence = z.string().trim().min(1).max(600)

export const languageCode = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'a language, like en or pt-BR')
  .meta({ allowed: 'a language like en or pt-BR', called: 'language' })

export const destinationName = z
  .string()
  .regex(/^[a-z0-9_-]{1,40}$/, 'a name of small letters, digits, `_` and `-`')
  .meta({ allowed: 'small letters, digits, `_` and `-`', called: 'name' })

/** What becomes of a call that its agent does not take: exactly one of three. */
export const Otherwise = z.union(
  [
    z.strictObject({
      say: sentence.meta({
        description: 'A sentence that the carrier says before it hangs up.',
        examples: ['We are closed.'],
      }),
    }),
    z.strictObject({
      agent: z
        .string()
        .min(1)
        .meta({ description: 'Another agent, which is then asked for its own hours and limits.', examples: ['night'] }),
    }),
    z.strictObject({
      destination: destinationName.meta({
        description: 'One of `destinations`, which the carrier dials.',
        examples: ['front_desk'],
      }),
    }),
  ],
  { error: 'one of `{ say: a sentence }`, `{ agent: its name }` and `{ destination: its name }`' },
)
export type Otherwise = z.infer<typeof Otherwise>
