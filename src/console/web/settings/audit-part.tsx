/** Who did what, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import type { AuditEntry } from '../../contract/people.ts'
import { call } from '../api/call.ts'
import { textOf } from '../door/form-text.ts'
import { Badge } from '../parts/badge.tsx'
import { Trouble } from '../parts/empty.tsx'
import { Field } from '../parts/field.tsx'
import { Time } from '../parts/figures.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Table, type TableColumn } from '../parts/table.tsx'

const COLUMNS: readonly TableColumn<AuditEntry>[] = [
  { key: 'at', head: 'When', cell: (entry) => <Time at={entry.at} /> },
  { key: 'who', head: 'Who', cell: (entry) => entry.who },
  {
    key: 'action',
    head: 'Did',
    cell: (entry) => (
      <>
        {entry.action.replaceAll('-', ' ')} {!entry.ok && <Badge tone="bad">refused</Badge>}
      </>
    ),
  },
  {
    key: 'target',
    head: 'To',
    cell: ({ target }) =>
      /^call[_-]/.test(target) ? (
        <Link href={`/calls/${encodeURIComponent(target)}`} className="mono">
          {target}
        </Link>
      ) : (
        target
      ),
  },
  { key: 'detail', head: 'Detail', cell: (entry) => <span className="muted">{entry.detail}</span> },
]

export function AuditPart() {
  const [filter, setFilter] = useState<{ who?: string; action?: string }>({})
  const audit = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      call('readAudit', {
        query: { ...filter, limit: 100, ...(pageParam === null ? {} : { before: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const who = textOf(form, 'who').trim()
    const action = textOf(form, 'action').trim().toLowerCase().replaceAll(' ', '-')
    setFilter({ ...(who === '' ? {} : { who }), ...(action === '' ? {} : { action }) })
  }
  return (
    <section className="panel" aria-labelledby="audit-head">
      <header className="panel-head">
        <h2 id="audit-head">Audit log</h2>
        <form className="form-row panel-action" onSubmit={submit}>
          <Field label="Who" name="who" autoComplete="off" />
          <Field label="Did" name="action" placeholder="listened" autoComplete="off" />
          <button type="submit" className="button">
            Filter
          </button>
        </form>
      </header>
      {audit.isPending ? (
        <div className="panel-body">
          <Skeleton lines={8} />
        </div>
      ) : audit.isError ? (
        <Trouble error={audit.error} onRetry={() => void audit.refetch()} />
      ) : (
        <Table
          label="Audit log"
          columns={COLUMNS}
          rows={audit.data.pages.flatMap(({ entries }) => entries)}
          keyOf={({ entryId }) => entryId}
          empty="Nothing that fits."
        />
      )}
      {audit.hasNextPage && (
        <div className="panel-body">
          <button
            type="button"
            className="button"
            disabled={audit.isFetchingNextPage}
            onClick={() => void audit.fetchNextPage()}
          >
            Show earlier ones
          </button>
        </div>
      )}
    </section>
  )
}
