/** One word about a thing. The word says it; the colour only helps. */
import type { ReactNode } from 'react'
import type { Tone } from '../words/call-words.ts'

export function Badge({ tone = 'plain', title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`} title={title}>
      {children}
    </span>
  )
}
