/** Two versions of agents side by side: whether a change made things better. */
import { useId } from 'react'
import { Link } from 'wouter'
import type { Figures } from '../../../call-log/query.ts'
import { callsAddress } from '../calls/list-state.ts'
import { headlinesOf } from '../words/figure-words.ts'
import { count } from '../words/format.ts'

type VersionSet = Figures['byVersion'][number]

const nameOf = ({ agent, version }: VersionSet): string => `${agent}@${version}`

/** The two that were chosen, or else the two of one agent that answered most. */
function chosenTwo(sets: readonly VersionSet[], chosen: readonly string[]): readonly VersionSet[] {
  const wanted = chosen.flatMap((name) => sets.find((set) => nameOf(set) === name) ?? [])
  if (wanted.length === 2) return wanted
  const most = sets.toSorted((a, b) => b.calls - a.calls)
  const first = wanted[0] ?? most.find((set) => most.some((each) => each !== set && each.agent === set.agent))
  if (first === undefined) return []
  const second = most.find((set) => set !== first && set.agent === first.agent) ?? most.find((set) => set !== first)
  return second === undefined ? [] : [first, second]
}

export function Compare(props: {
  readonly figures: Figures
  readonly chosen: readonly string[]
  readonly from: number
  readonly to: number
  readonly onChosen: (chosen: readonly string[]) => void
}) {
  const id = useId()
  const two = chosenTwo(props.figures.byVersion, props.chosen)
  const [first, second] = two
  if (first === undefined || second === undefined) {
    return (
      <section className="panel" aria-labelledby={id}>
        <header className="panel-head">
          <h2 id={id}>Two versions side by side</h2>
        </header>
        <p className="panel-body muted">
          Only one version answered in this time. Change an agent, or choose a longer time.
        </p>
      </section>
    )
  }
  const [left, right] = [headlinesOf(first), headlinesOf(second)]
  const select = (at: 0 | 1, value: VersionSet) => (
    <select
      className="select"
      aria-label={at === 0 ? 'One version' : 'The other version'}
      value={nameOf(value)}
      onChange={(event) =>
        props.onChosen(at === 0 ? [event.target.value, nameOf(second)] : [nameOf(first), event.target.value])
      }
    >
      {props.figures.byVersion.map((set) => (
        <option key={nameOf(set)} value={nameOf(set)}>
          {set.agent} {set.version.slice(0, 8)} · {count(set.calls)} calls
        </option>
      ))}
    </select>
  )
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>Two versions side by side</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard */}
      <section className="table-scroll" aria-labelledby={id} tabIndex={0}>
        <table className="table compare">
          <thead>
            <tr>
              <td />
              <th scope="col">{select(0, first)}</th>
              <th scope="col">{select(1, second)}</th>
            </tr>
          </thead>
          <tbody>
            {left.map((headline, at) => (
              <tr key={headline.key} title={headline.means}>
                <th scope="row">{headline.words}</th>
                <td>
                  <strong>{headline.value}</strong> <span className="muted">{headline.beside}</span>
                </td>
                <td>
                  <strong>{right[at]?.value}</strong> <span className="muted">{right[at]?.beside}</span>
                </td>
              </tr>
            ))}
            <tr>
              <td />
              {[first, second].map((set) => (
                <td key={nameOf(set)}>
                  <Link
                    href={callsAddress({
                      agents: [set.agent],
                      versions: [set.version],
                      from: props.from,
                      to: props.to,
                    })}
                  >
                    Show its calls
                  </Link>
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </section>
    </section>
  )
}
