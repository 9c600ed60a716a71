/** All calls: found by what they were and what was said in them. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { useLive } from '../api/live-feed.ts'
import { Trouble } from '../parts/empty.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { useKeys } from '../shell/keys.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import { counted } from '../words/format.ts'
import { BulkBar, useMarking } from './bulk-bar.tsx'
import './calls.css'
import { CallsTable } from './calls-table.tsx'
import type { Sort } from './columns.ts'
import { FilterBar, useFacets } from './filter-bar.tsx'
import { ColumnsMenu, ExportMenu, ViewsMenu } from './list-menus.tsx'
import { filterOf, type ListState, readState, writeState } from './list-state.ts'
import { NoCalls } from './no-calls.tsx'
import { midnight } from './time-span.ts'
import { useCalls } from './use-calls.ts'

const NOTHING: ReadonlySet<string> = new Set()

export function CallsPage() {
  const search = useSearch()
  const [, go] = useLocation()
  const session = useSession()
  const state = useMemo(() => readState(search), [search])
  // Days by name move on at midnight, and not with every render: the list is known by its filter.
  const today = midnight(Date.now())
  const filter = useMemo(() => filterOf(state, today), [state, today])
  const list = useCalls(filter, state)
  const facets = useFacets(filter)
  useFreshCounts()

  const setState = useCallback(
    (next: ListState) => {
      const text = writeState(next)
      go(text === '' ? '/calls' : `/calls?${text}`, { replace: next.filter.text !== state.filter.text })
    },
    [go, state],
  )
  const sortBy = (sort: Sort): void => {
    const turned = state.sort === sort && state.order === 'desc' ? 'asc' : 'desc'
    setState({ ...state, sort, order: turned })
  }

  const [chosen, setChosen] = useState(NOTHING)
  const [cursor, setCursor] = useState<string | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list is another choice
  useEffect(() => setChosen(NOTHING), [search])
  const choose = useCallback((callId: string) => {
    setChosen((before) => {
      const next = new Set(before)
      if (!next.delete(callId)) next.add(callId)
      return next
    })
  }, [])
  const marking = useMarking(() => setChosen(NOTHING))
  const mayJudge = session.may('manager')

  const { rows, hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const move = (by: number): void => {
    const at = rows.findIndex(({ callId }) => callId === cursor)
    const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
    if (next !== undefined) setCursor(next.callId)
  }
  useKeys('Calls', [
    { key: 'j', does: 'Next call', run: () => move(1) },
    { key: 'k', does: 'Call before', run: () => move(-1) },
    { key: 'Enter', does: 'Open the call', run: () => cursor !== null && go(`/calls/${encodeURIComponent(cursor)}`) },
    { key: '/', does: 'Search what was said', run: () => document.getElementById('search')?.focus() },
    ...(mayJudge
      ? [
          { key: 'x', does: 'Choose the call', run: () => cursor !== null && choose(cursor) },
          {
            key: 'e',
            does: 'Mark as reviewed',
            run: () =>
              marking.mutate({
                callIds: chosen.size > 0 ? [...chosen] : cursor === null ? [] : [cursor],
                reviewed: true,
              }),
          },
        ]
      : []),
  ])
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage()
  }, [isFetchingNextPage, fetchNextPage])

  return (
    <Page
      title="Calls"
      full
      beside={
        facets.data !== undefined && (
          <span className="muted figure" role="status">
            {counted(facets.data.total, 'call')}
          </span>
        )
      }
      actions={
        <>
          <ViewsMenu state={state} />
          <ColumnsMenu columns={state.columns} onColumns={(columns) => setState({ ...state, columns })} />
          {mayJudge && <ExportMenu filter={filter} />}
        </>
      }
    >
      <FilterBar state={state} onState={setState} facets={facets.data} />
      <section className="calls-place" aria-busy={list.isFetching} data-old={list.isPlaceholderData || undefined}>
        {list.isPending ? (
          <Skeleton lines={12} label="Loading calls" />
        ) : list.isError && rows.length === 0 ? (
          <Trouble error={list.error} onRetry={() => void list.refetch()} />
        ) : rows.length === 0 ? (
          <NoCalls state={state} onState={setState} />
        ) : (
          <CallsTable
            rows={rows}
            state={state}
            name={search}
            chosen={mayJudge ? chosen : null}
            cursor={cursor}
            hasMore={hasNextPage}
            onMore={more}
            onChoose={choose}
            onCursor={setCursor}
            onSort={sortBy}
          />
        )}
      </section>
      {chosen.size > 0 && (
        <BulkBar
          chosen={chosen}
          busy={marking.isPending}
          onMark={(reviewed) => marking.mutate({ callIds: [...chosen], reviewed })}
          onClear={() => setChosen(NOTHING)}
        />
      )}
    </Page>
  )
}

/** Counts are read again some seconds after calls have begun or ended, however many. */
function useFreshCounts(): void {
  const queries = useQueryClient()
  const { changes } = useLive()
  const [counted, setCounted] = useState(changes)
  useEffect(() => {
    if (changes === counted) return
    const timer = setTimeout(() => {
      setCounted(changes)
      void queries.invalidateQueries({ queryKey: ['calls', 'facets'] })
    }, 5000)
    return () => clearTimeout(timer)
  }, [changes, counted, queries])
}
