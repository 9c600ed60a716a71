/** The calls of a list, page by page, kept fresh while calls begin and end. */
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import type { CallFilter, CallPage } from '../../../call-log/query.ts'
import type { ListedCall, Review } from '../../../call-log/rows.ts'
import { call } from '../api/call.ts'
import { useLive } from '../api/live-feed.ts'
import type { ListState } from './list-state.ts'
import { rowsOf, withFirstPage } from './merge-pages.ts'

const PAGE = 100
/** However many calls begin and end, the list is not read more often than this. */
const REFRESH_MS = 3000

type Pages = InfiniteData<CallPage, string | undefined>

export function useCalls(filter: CallFilter, { sort, order }: Pick<ListState, 'sort' | 'order'>) {
  const queries = useQueryClient()
  const key = useMemo(() => ['calls', 'list', filter, sort, order] as const, [filter, sort, order])
  const asked = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      call('listCalls', {
        query: { ...filter, sort, order, limit: PAGE, ...(pageParam === undefined ? {} : { after: pageParam }) },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    // It would read all pages again, one after the other; `refresh` below reads the first.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    // Comparing 100,000 rows for each page that comes would be felt.
    structuralSharing: false,
  })

  const { changes } = useLive()
  const seen = useRef<{ key: unknown; changes: number }>({ key: null, changes })
  useEffect(() => {
    // A list that was kept from before, on coming back to it, may be old as well as one that calls have changed.
    const isNew = seen.current.key !== key
    if (isNew && queries.getQueryData(key) === undefined) {
      seen.current = { key, changes }
      return
    }
    if (!isNew && seen.current.changes === changes) return
    const timer = setTimeout(
      () => {
        seen.current = { key, changes }
        void refresh()
      },
      isNew ? 0 : REFRESH_MS,
    )
    const refresh = async (): Promise<void> => {
      try {
        const fresh = await call('listCalls', { query: { ...filter, sort, order, limit: PAGE } })
        queries.setQueryData<Pages>(key, (data) => {
          if (data === undefined) return data
          return { pages: withFirstPage(data.pages, fresh), pageParams: [undefined] }
        })
      } catch {
        // It stays as it is; the next change tries again, and what is broken for good shows elsewhere.
      }
    }
    return () => clearTimeout(timer)
  }, [changes, key, filter, sort, order, queries])

  const pages = asked.data?.pages
  const rows = useMemo(() => (pages === undefined ? [] : rowsOf(pages)), [pages])
  return { ...asked, rows }
}

/** Puts a review into every list that holds its call, so that none has to be read again. */
export function useReviewed(): (callId: string, review: Review) => void {
  const queries = useQueryClient()
  return (callId, review) => {
    const changed = (row: ListedCall): ListedCall => (row.callId === callId ? { ...row, review } : row)
    queries.setQueriesData<Pages>({ queryKey: ['calls', 'list'] }, (data) => {
      if (data === undefined) return data
      return { ...data, pages: data.pages.map((page) => ({ ...page, calls: page.calls.map(changed) })) }
    })
  }
}
