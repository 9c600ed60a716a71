/** The first figures of a page, each with the one that explains it; some lead to their calls. */
import { Link } from 'wouter'
import type { FigureSet } from '../../../call-log/query.ts'
import { headlinesOf } from '../words/figure-words.ts'

export function Headlines({ set, links = {} }: { set: FigureSet; links?: Readonly<Record<string, string>> }) {
  return (
    <dl className="headlines">
      {headlinesOf(set).map(({ key, words, value, beside, means }) => {
        const href = links[key]
        return (
          <div key={key} title={means}>
            <dt>{words}</dt>
            <dd>
              {href === undefined ? (
                <strong>{value}</strong>
              ) : (
                <Link href={href} aria-label={`${words}: ${value}. Show these calls`}>
                  {value}
                </Link>
              )}
              <span className="muted">{beside}</span>
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
