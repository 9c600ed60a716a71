/** Narrowing by what is a range or typed: days, length, and the rarer things. */
import type { FormEvent } from 'react'
import type { Facets } from '../../../call-log/query.ts'
import { Facet } from '../parts/facet.tsx'
import { Field } from '../parts/field.tsx'
import { Menu } from '../parts/menu.tsx'
import { END_WORDS, endWords } from '../words/call-words.ts'
import { spanWords } from './chips.ts'
import type { FilterBarProps } from './filter-bar.tsx'
import { narrowed } from './list-state.ts'
import { dayOf, dayText, midnight, PRESET_WORDS, PRESETS } from './time-span.ts'

export function TimeMenu({ state, onState }: FilterBarProps) {
  const { from, to } = state.filter
  const isSet = state.since !== null || from !== undefined || to !== undefined
  const words = state.since === null ? spanWords(from, to) : PRESET_WORDS[state.since]
  const choose = (event: FormEvent<HTMLFormElement>, close: () => void): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const first = dayOf(String(form.get('from')))
    // The last day belongs to it: the span ends with the midnight after.
    const last = dayOf(String(form.get('to')), 1)
    onState({ ...narrowed(state, { from: first, to: last }), since: null })
    close()
  }
  return (
    <Menu
      label={`Days: ${words}`}
      face={isSet ? words : 'Any time'}
      className={isSet ? 'button button-small button-on' : 'button button-small'}
    >
      {(close) => (
        <div className="menu-form">
          {PRESETS.map((preset) => (
            <button
              key={preset}
              type="button"
              className="menu-item"
              aria-pressed={state.since === preset}
              onClick={() => {
                onState({ ...narrowed(state, { from: undefined, to: undefined }), since: preset })
                close()
              }}
            >
              {PRESET_WORDS[preset]}
            </button>
          ))}
          <form className="menu-form" onSubmit={(event) => choose(event, close)}>
            <Field label="First day" name="from" type="date" defaultValue={from === undefined ? '' : dayText(from)} />
            <Field
              label="Last day"
              name="to"
              type="date"
              defaultValue={to === undefined ? '' : dayText(to === midnight(to) ? midnight(to, 1) : to)}
            />
            <button type="submit" className="button button-small">
              Show these days
            </button>
          </form>
        </div>
      )}
    </Menu>
  )
}

const LENGTHS = [
  { words: 'Under 30 s', minDurationMs: undefined, maxDurationMs: 30_000 },
  { words: '30 s to 2 min', minDurationMs: 30_000, maxDurationMs: 120_000 },
  { words: '2 to 5 min', minDurationMs: 120_000, maxDurationMs: 300_000 },
  { words: '5 min and longer', minDurationMs: 300_000, maxDurationMs: undefined },
] as const

export function LengthMenu({ state, onState }: FilterBarProps) {
  const { minDurationMs, maxDurationMs } = state.filter
  const isSet = minDurationMs !== undefined || maxDurationMs !== undefined
  const chosen = LENGTHS.find(
    (each) => each.minDurationMs === minDurationMs && each.maxDurationMs === maxDurationMs,
  )?.words
  return (
    <Menu
      label={`Length${isSet ? `: ${chosen ?? 'a range'}` : ''}`}
      face={isSet ? (chosen ?? 'Length: a range') : 'Length'}
      className={isSet ? 'button button-small button-on' : 'button button-small'}
    >
      {(close) => (
        <div className="menu-form">
          {LENGTHS.map(({ words, ...range }) => (
            <button
              key={words}
              type="button"
              className="menu-item"
              aria-pressed={chosen === words}
              onClick={() => {
                onState(narrowed(state, range))
                close()
              }}
            >
              {words}
            </button>
          ))}
          <button
            type="button"
            className="menu-item"
            onClick={() => {
              onState(narrowed(state, { minDurationMs: undefined, maxDurationMs: undefined }))
              close()
            }}
          >
            Any length
          </button>
        </div>
      )}
    </Menu>
  )
}

/** What is asked more rarely: by the number of a caller, by how bad, slow or dear it was, by exact reason, by tag. */
export function MoreMenu({ state, onState, facets }: FilterBarProps & { facets: Facets | undefined }) {
  const { filter } = state
  const choose = (event: FormEvent<HTMLFormElement>, close: () => void): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string): string => String(form.get(name) ?? '').trim()
    const number = (name: string, times = 1): number | undefined =>
      text(name) === '' ? undefined : Number(text(name)) * times
    const caller = text('caller').replace(/[\s()-]/g, '')
    onState(
      narrowed(state, {
        caller: caller.length < 2 ? undefined : caller,
        minStrain: number('minStrain'),
        minCostUsd: number('minCostUsd'),
        minReplyP95Ms: number('minReply', 1000),
        minRating: number('minRating'),
      }),
    )
    close()
  }
  const isSet = [filter.caller, filter.minStrain, filter.minCostUsd, filter.minReplyP95Ms, filter.minRating].some(
    (value) => value !== undefined,
  )
  return (
    <>
      {(filter.endReasons !== undefined || (facets?.endReasons.length ?? 0) > 0) && (
        <Facet
          label="Reason"
          values={(facets?.endReasons ?? []).map(({ value, calls }) => ({ value, calls, label: reasonWords(value) }))}
          chosen={filter.endReasons ?? []}
          onChoose={(chosen) => onState(narrowed(state, { endReasons: chosen.filter(isReason) }))}
        />
      )}
      {(filter.tags !== undefined || (facets?.tags.length ?? 0) > 0) && (
        <Facet
          label="Tag"
          values={(facets?.tags ?? []).map(({ value, calls }) => ({ value, calls, label: value }))}
          chosen={filter.tags ?? []}
          onChoose={(tags) => onState(narrowed(state, { tags: [...tags] }))}
        />
      )}
      <Menu label="More" className={isSet ? 'button button-small button-on' : 'button button-small'}>
        {(close) => (
          <form className="menu-form" onSubmit={(event) => choose(event, close)}>
            <Field
              label="Caller’s number, or its end"
              name="caller"
              inputMode="tel"
              autoComplete="off"
              defaultValue={filter.caller ?? ''}
            />
            <Field
              label="Strain, at least"
              name="minStrain"
              type="number"
              min={0}
              max={100}
              defaultValue={filter.minStrain ?? ''}
            />
            <Field
              label="Cost in $, at least"
              name="minCostUsd"
              type="number"
              min={0}
              step="any"
              defaultValue={filter.minCostUsd ?? ''}
            />
            <Field
              label="Slowest replies in s, at least"
              name="minReply"
              type="number"
              min={0}
              step="any"
              defaultValue={filter.minReplyP95Ms === undefined ? '' : filter.minReplyP95Ms / 1000}
            />
            <Field
              label="Rating, at least"
              name="minRating"
              type="number"
              min={1}
              max={5}
              defaultValue={filter.minRating ?? ''}
            />
            <button type="submit" className="button button-small">
              Apply
            </button>
          </form>
        )}
      </Menu>
    </>
  )
}

function isReason(value: string): value is keyof typeof END_WORDS {
  return Object.hasOwn(END_WORDS, value)
}

function reasonWords(value: string): string {
  return isReason(value) ? endWords(value) : value
}
