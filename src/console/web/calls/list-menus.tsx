/** What can be done with the list as a whole: its columns, its views, and taking it away as a file. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useLocation } from 'wouter'
import type { CallFilter } from '../../../call-log/query.ts'
import { call, urlOf } from '../api/call.ts'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Menu } from '../parts/menu.tsx'
import { toast, toastError } from '../shell/toasts.tsx'
import { allColumns, COLUMN_NAMES, type ColumnName, toggled } from './columns.ts'
import { type ListState, writeState } from './list-state.ts'

export function ColumnsMenu(props: {
  readonly columns: readonly ColumnName[]
  readonly onColumns: (columns: readonly ColumnName[]) => void
}) {
  return (
    <Menu label="Columns" icon="columns" align="end">
      {() => (
        <fieldset className="facet">
          <legend className="visually-hidden">Columns</legend>
          {allColumns().map((name) => (
            <label key={name} className="choice">
              <input
                type="checkbox"
                checked={props.columns.includes(name)}
                onChange={() => props.onColumns(toggled(props.columns, name))}
              />
              <span>{COLUMN_NAMES[name].head}</span>
            </label>
          ))}
        </fieldset>
      )}
    </Menu>
  )
}

/** The browser loads it itself: a year of calls would not fit into the page. */
export function ExportMenu({ filter }: { filter: CallFilter }) {
  return (
    <Menu label="Export" icon="download" align="end">
      {(close) => (
        <>
          <a
            className="menu-item"
            download
            href={urlOf('exportCalls', { query: { ...filter, format: 'csv' } })}
            onClick={close}
          >
            <span>
              CSV
              <span className="menu-note">One row for each call, for a spreadsheet</span>
            </span>
          </a>
          <a
            className="menu-item"
            download
            href={urlOf('exportCalls', { query: { ...filter, format: 'jsonl' } })}
            onClick={close}
          >
            <span>
              JSONL
              <span className="menu-note">Each call with what was said and done</span>
            </span>
          </a>
          <p className="menu-note">Exports the calls that the list shows now. It is written into the audit log.</p>
        </>
      )}
    </Menu>
  )
}

export function ViewsMenu({ state }: { state: ListState }) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  const key = ['views'] as const
  const views = useQuery({ queryKey: key, queryFn: () => call('listViews'), select: (reply) => reply.views })
  const after = { onSettled: () => queries.invalidateQueries({ queryKey: key }), onError: toastError }
  const save = useMutation({
    mutationFn: (name: string) => call('saveView', { params: { name }, body: { query: writeState(state) } }),
    onSuccess: ({ name }) => toast(`Saved as “${name}”.`),
    ...after,
  })
  const remove = useMutation({ mutationFn: (name: string) => call('removeView', { params: { name } }), ...after })
  const submit = (event: FormEvent<HTMLFormElement>, close: () => void): void => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name') ?? '').trim()
    if (name === '') return
    save.mutate(name)
    close()
  }
  const here = writeState(state)
  return (
    <Menu label="Views" icon="star" align="end">
      {(close) => (
        <div className="menu-form">
          {views.data?.length === 0 && <p className="menu-note">Keep a filter under a name, to come back to it.</p>}
          <ul>
            {views.data?.map((view) => (
              <li key={view.viewId} className="view-line">
                <button
                  type="button"
                  className="menu-item"
                  aria-current={view.query === here ? 'true' : undefined}
                  onClick={() => {
                    go(view.query === '' ? '/calls' : `/calls?${view.query}`)
                    close()
                  }}
                >
                  {view.name}
                </button>
                <button
                  type="button"
                  className="icon-button"
                  aria-label={`Take the view “${view.name}” away`}
                  onClick={() => remove.mutate(view.name)}
                >
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
          <form className="menu-form" onSubmit={(event) => submit(event, close)}>
            <Field label="Save this view as" name="name" maxLength={60} required autoComplete="off" />
            <button type="submit" className="button button-small">
              Save
            </button>
          </form>
        </div>
      )}
    </Menu>
  )
}
