/** Small values that several keys of an agent share. */
import { z } from 'zod'

export const phoneNumber = z.string().regex(/^\+[1-9]\d{5,14}$/, 'a phone number in E.164 form, like +15550100')

/** What is spoken once, and must not try a caller's patience. */
export const sentence = z.string().trim().min(1).max(600)

export const languageCode = z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'a language, like en or pt-BR')

export const destinationName = z.string().regex(/^[a-z0-9_-]{1,40}$/, 'a name of small letters, digits, `_` and `-`')

/** What becomes of a call that its agent does not take: exactly one of three. */
export const Otherwise = z.union(
  [
    z.strictObject({ say: sentence }),
    z.strictObject({ agent: z.string().min(1) }),
    z.strictObject({ destination: destinationName }),
  ],
  { error: 'one of `{ say: a sentence }`, `{ agent: its name }` and `{ destination: its name }`' },
)
export type Otherwise = z.infer<typeof Otherwise>
