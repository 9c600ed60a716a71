/** All the ways to narrow the list: search, days, facets with counts, and the rest under "More". */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { CallFilter, Facets } from '../../../call-log/query.ts'
import { call } from '../api/call.ts'
import { Facet, type FacetValue } from '../parts/facet.tsx'
import { Icon } from '../parts/icon.tsx'
import { FAMILY_WORDS, FLAG_WORDS, OUTCOME_WORDS } from '../words/call-words.ts'
import { phoneNumber } from '../words/format.ts'
import { chipsOf } from './chips.ts'
import { EMPTY_STATE, isNarrowed, type ListState, narrowed } from './list-state.ts'
import { LengthMenu, MoreMenu, TimeMenu } from './range-menus.tsx'

export interface FilterBarProps {
  readonly state: ListState
  readonly onState: (state: ListState) => void
}

/** How many calls there are of each value; read again by the list when calls end. */
export function useFacets(filter: CallFilter) {
  return useQuery({
    queryKey: ['calls', 'facets', filter],
    queryFn: ({ signal }) => call('countCalls', { query: filter, signal }),
    placeholderData: keepPreviousData,
  })
}

export function FilterBar({ state, onState, facets }: FilterBarProps & { facets: Facets | undefined }) {
  const { filter } = state
  const [open, setOpen] = useState(false)
  const chips = chipsOf(state)
  const set = (change: Parameters<typeof narrowed>[1]): void => onState(narrowed(state, change))
  return (
    <search className="filters" aria-label="Calls">
      <div className="filters-row">
        <SearchBox text={filter.text ?? ''} onText={(text) => set({ text: text === '' ? undefined : text })} />
        <button
          type="button"
          className="button button-small filters-toggle"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name="filter" /> Filters{chips.length > 0 ? ` (${chips.length})` : ''}
        </button>
        <div className={open ? 'filters-facets filters-open' : 'filters-facets'}>
          <TimeMenu state={state} onState={onState} />
          <Facet
            label="Agent"
            values={valuesOf(facets?.agents, {}, filter.agents)}
            chosen={filter.agents ?? []}
            onChoose={(agents) => set({ agents: [...agents] })}
          />
          <KnownFacet
            label="Outcome"
            words={OUTCOME_WORDS}
            counts={facets?.outcomes}
            chosen={filter.outcomes ?? []}
            onChoose={(outcomes) => set({ outcomes })}
          />
          <KnownFacet
            label="Ended"
            words={FAMILY_WORDS}
            counts={facets?.endFamilies}
            chosen={filter.endFamilies ?? []}
            onChoose={(endFamilies) => set({ endFamilies })}
          />
          <Facet
            label="Number"
            values={valuesOf(facets?.numbers, {}, filter.numbers).map((each) => ({
              ...each,
              label: phoneNumber(each.value),
            }))}
            chosen={filter.numbers ?? []}
            onChoose={(numbers) => set({ numbers: [...numbers] })}
          />
          <LengthMenu state={state} onState={onState} />
          <KnownFacet
            label="Flags"
            words={FLAG_WORDS}
            counts={facets?.flags}
            chosen={filter.flags ?? []}
            onChoose={(flags) => set({ flags })}
          />
          <MoreMenu state={state} onState={onState} facets={facets} />
        </div>
      </div>
      {isNarrowed(state) && (
        <ul className="chips" aria-label="The list is narrowed by">
          {chips.map((chip) => (
            <li key={chip.label}>
              <button
                type="button"
                className="chip"
                aria-label={`Take away: ${chip.label}`}
                onClick={() => onState(chip.without)}
              >
                <span>{chip.label}</span>
                <Icon name="close" />
              </button>
            </li>
          ))}
          <li>
            <button
              type="button"
              className="button button-small button-plain"
              onClick={() => onState({ ...EMPTY_STATE, columns: state.columns, sort: state.sort, order: state.order })}
            >
              Clear all
            </button>
          </li>
        </ul>
      )}
    </search>
  )
}

/** A facet whose values are all known beforehand, so that none is missing because there is no call of it. */
function KnownFacet<Word extends string>(props: {
  readonly label: string
  readonly words: Readonly<Record<Word, string>>
  readonly counts: Facets['flags'] | undefined
  readonly chosen: readonly Word[]
  readonly onChoose: (chosen: Word[]) => void
}) {
  const { words } = props
  return (
    <Facet
      label={props.label}
      values={Object.keys(words)
        .filter((value): value is Word => Object.hasOwn(words, value))
        .map((value) => ({ value, label: words[value], calls: countOf(props.counts, value) }))}
      chosen={props.chosen}
      onChoose={(chosen) => props.onChoose(chosen.filter((value): value is Word => Object.hasOwn(words, value)))}
    />
  )
}

function countOf(counts: Facets['flags'] | undefined, value: string): number | null {
  return counts === undefined ? null : (counts.find((each) => each.value === value)?.calls ?? 0)
}

/** What there is, and what is chosen although there is none of it. */
function valuesOf(
  counts: Facets['agents'] | undefined,
  words: Readonly<Record<string, string>>,
  chosen: readonly string[] = [],
): FacetValue[] {
  const there = (counts ?? []).map(({ value, calls }) => ({ value, label: words[value] ?? value, calls }))
  const missing = chosen.filter((value) => !there.some((each) => each.value === value))
  return [...there, ...missing.map((value) => ({ value, label: words[value] ?? value, calls: 0 }))]
}

/** Searches while it is typed, when the typing pauses. */
function SearchBox({ text, onText }: { text: string; onText: (text: string) => void }) {
  const [typed, setTyped] = useState(text)
  const sent = useRef(text)
  useEffect(() => {
    // The address has changed by itself: a saved view, the back button.
    if (text === sent.current) return
    sent.current = text
    setTyped(text)
  }, [text])
  const latest = useRef(onText)
  latest.current = onText
  useEffect(() => {
    if (typed.trim() === sent.current) return
    const timer = setTimeout(() => {
      sent.current = typed.trim()
      latest.current(typed.trim())
    }, 250)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <label className="search-box">
      <Icon name="search" />
      <span className="visually-hidden">Search what was said</span>
      <input
        id="search"
        type="search"
        className="input"
        placeholder="Search what was said"
        maxLength={200}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      <kbd>/</kbd>
    </label>
  )
}
