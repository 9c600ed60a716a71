/** One way to narrow a list: values with how many there are of each, several of which may be chosen. */
import { count } from '../words/format.ts'
import { Menu } from './menu.tsx'

export interface FacetValue {
  readonly value: string
  readonly label: string
  /** Null: not counted yet. */
  readonly calls: number | null
}

export function Facet(props: {
  readonly label: string
  readonly values: readonly FacetValue[]
  readonly chosen: readonly string[]
  readonly onChoose: (chosen: readonly string[]) => void
}) {
  const { chosen } = props
  const names = props.values.filter(({ value }) => chosen.includes(value)).map(({ label }) => label)
  const first = names[0] ?? chosen[0] ?? ''
  const more = chosen.length > 1 ? ` +${chosen.length - 1}` : ''
  return (
    <Menu
      label={chosen.length === 0 ? props.label : `${props.label}: ${names.join(', ')}`}
      face={chosen.length === 0 ? props.label : `${props.label}: ${first}${more}`}
      className={chosen.length === 0 ? 'button button-small' : 'button button-small button-on'}
    >
      {() => (
        <fieldset className="facet">
          <legend className="visually-hidden">{props.label}</legend>
          {props.values.length === 0 && <p className="muted">Nothing to choose from.</p>}
          {props.values.map(({ value, label, calls }) => (
            <label key={value} className="choice">
              <input
                type="checkbox"
                checked={chosen.includes(value)}
                onChange={(event) =>
                  props.onChoose(event.target.checked ? [...chosen, value] : chosen.filter((each) => each !== value))
                }
              />
              <span>{label}</span>
              {calls !== null && <span className="choice-count">{count(calls)}</span>}
            </label>
          ))}
          {chosen.length > 0 && (
            <button type="button" className="button button-small button-plain" onClick={() => props.onChoose([])}>
              Clear
            </button>
          )}
        </fieldset>
      )}
    </Menu>
  )
}
