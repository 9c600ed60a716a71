/** Figures over many calls: how it goes, whether it gets better, and which calls to look at. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { CallFilter } from '../../../call-log/query.ts'
import { call } from '../api/call.ts'
import { callsAddress } from '../calls/list-state.ts'
import { PRESET_WORDS, PRESETS } from '../calls/time-span.ts'
import { EmptyState, Trouble } from '../parts/empty.tsx'
import { Facet } from '../parts/facet.tsx'
import { useNow } from '../parts/figures.tsx'
import { Headlines } from '../parts/headlines.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Page } from '../shell/page.tsx'
import './analytics.css'
import { Compare } from './compare.tsx'
import { type AnalyticsState, readScope, timesOf, writeScope } from './scope.ts'
import type { Scope } from './shape.ts'

const Charts = lazy(async () => ({ default: (await import('./charts.tsx')).Charts }))

export function AnalyticsPage() {
  const search = useSearch()
  const [, go] = useLocation()
  const state = useMemo(() => readScope(search), [search])
  const now = useNow()
  const { from, to, by } = timesOf(state.since, now)
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const scope: Scope = useMemo(() => (state.agents.length > 0 ? { agents: [...state.agents] } : {}), [state])
  const figures = useQuery({
    queryKey: ['figures', from, to, by, scope, zone],
    queryFn: ({ signal }) => call('figures', { query: { ...scope, from, to, by, zone }, signal }),
    placeholderData: keepPreviousData,
  })
  const agents = useQuery({ queryKey: ['agents'], queryFn: () => call('listAgents'), staleTime: 60_000 })
  const set = (change: Partial<AnalyticsState>): void => {
    const text = writeScope({ ...state, ...change })
    go(text === '' ? '/analytics' : `/analytics?${text}`)
  }
  const known = agents.data?.agents.map(({ name }) => name) ?? []
  const names = [...new Set([...known, ...state.agents])]
  const total = figures.data?.total
  const link = (more: CallFilter, sort?: 'reply' | 'cost' | 'interruptions'): string =>
    callsAddress({ ...scope, ...more }, { since: state.since, ...(sort === undefined ? {} : { sort }) })
  return (
    <Page
      title="Analytics"
      actions={
        <>
          <Facet
            label="Agent"
            values={names.map((name) => ({
              value: name,
              label: name,
              calls: figures.data?.byAgent.find(({ agent }) => agent === name)?.calls ?? null,
            }))}
            chosen={state.agents}
            onChoose={(chosen) => set({ agents: chosen, compare: [] })}
          />
          <fieldset className="segments segments-inline">
            <legend className="visually-hidden">Time</legend>
            {PRESETS.map((preset) => (
              <label key={preset}>
                <input
                  type="radio"
                  name="since"
                  checked={state.since === preset}
                  onChange={() => set({ since: preset })}
                />
                <span>{PRESET_WORDS[preset].replace('Last ', '')}</span>
              </label>
            ))}
          </fieldset>
        </>
      }
    >
      {figures.isPending ? (
        <Skeleton lines={10} label="Loading figures" />
      ) : figures.isError ? (
        <Trouble error={figures.error} onRetry={() => void figures.refetch()} />
      ) : total?.calls === 0 ? (
        <EmptyState icon="analytics" title="No calls in this time">
          {state.since === '90d' && state.agents.length === 0
            ? 'As soon as a call has ended, its figures are here.'
            : 'Choose a longer time, or other agents.'}
        </EmptyState>
      ) : (
        <>
          <section className="panel headlines-only" aria-label="At a glance">
            <Headlines
              set={figures.data.total}
              links={{
                calls: link({}),
                contained: link({ outcomes: ['contained'] }),
                failed: link({ outcomes: ['failed'] }),
                reply: link({}, 'reply'),
                interruptions: link({ flags: ['interrupted'] }, 'interruptions'),
                tools: link({ flags: ['tool-failed'] }),
                cost: link({}, 'cost'),
              }}
            />
          </section>
          <Suspense fallback={<Skeleton lines={8} label="Loading charts" />}>
            <Charts figures={figures.data} scope={scope} by={by} from={from} to={to} />
          </Suspense>
          <Compare
            figures={figures.data}
            chosen={state.compare}
            from={from}
            to={to}
            onChosen={(compare) => set({ compare })}
          />
        </>
      )}
    </Page>
  )
}
