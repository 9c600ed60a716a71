/** Which page is shown. Pages that only some people open come as files of their own. */
import { lazy, Suspense } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { DoorPage, isDoorPath } from '../door/door-page.tsx'
import { EmptyState, Trouble } from '../parts/empty.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Crash } from './crash.tsx'
import { Layout } from './layout.tsx'
import { Page } from './page.tsx'
import { SessionProvider, useDoor } from './session.tsx'
import { Toasts } from './toasts.tsx'

const CallsPage = lazy(async () => ({ default: (await import('../calls/calls-page.tsx')).CallsPage }))
const CallPage = lazy(async () => ({ default: (await import('../call/call-page.tsx')).CallPage }))
const SharePage = lazy(async () => ({ default: (await import('../call/share-page.tsx')).SharePage }))
const LivePage = lazy(async () => ({ default: (await import('../live/live-page.tsx')).LivePage }))
const LiveCallPage = lazy(async () => ({ default: (await import('../live/live-call-page.tsx')).LiveCallPage }))
const PhonePage = lazy(async () => ({ default: (await import('../phone/phone-page.tsx')).PhonePage }))
const AnalyticsPage = lazy(async () => ({ default: (await import('../analytics/analytics-page.tsx')).AnalyticsPage }))
const AgentsPage = lazy(async () => ({ default: (await import('../agents/agents-page.tsx')).AgentsPage }))
const AgentPage = lazy(async () => ({ default: (await import('../agents/agent-page.tsx')).AgentPage }))
const SettingsPage = lazy(async () => ({ default: (await import('../settings/settings-page.tsx')).SettingsPage }))

export function App() {
  const door = useDoor()
  const [path] = useLocation()
  return (
    <>
      <Crash>
        {door.data !== undefined ? (
          door.data.user === null || isDoorPath(path) ? (
            // In place of the page that was asked for: whoever has signed in finds it where it was.
            <DoorPage door={door.data} />
          ) : (
            <SessionProvider door={door.data} user={door.data.user}>
              <Layout>
                <Crash key={path}>
                  <Pages />
                </Crash>
              </Layout>
            </SessionProvider>
          )
        ) : door.isError ? (
          <main className="page">
            <Trouble error={door.error} onRetry={() => void door.refetch()} />
          </main>
        ) : null}
      </Crash>
      <Toasts />
    </>
  )
}

function Pages() {
  return (
    <Suspense
      fallback={
        <main id="page" className="page">
          <Skeleton lines={6} />
        </main>
      }
    >
      <Switch>
        <Route path="/">
          <Redirect to="/calls" replace />
        </Route>
        <Route path="/calls">
          <CallsPage />
        </Route>
        <Route path="/calls/:callId">{({ callId }) => <CallPage key={callId} callId={callId} />}</Route>
        <Route path="/shares/:token">{({ token }) => <SharePage token={token} />}</Route>
        <Route path="/live">
          <LivePage />
        </Route>
        <Route path="/live/:callId">{({ callId }) => <LiveCallPage key={callId} callId={callId} />}</Route>
        <Route path="/phone">
          <PhonePage />
        </Route>
        <Route path="/analytics">
          <AnalyticsPage />
        </Route>
        <Route path="/agents">
          <AgentsPage />
        </Route>
        <Route path="/agents/:name">{({ name }) => <AgentPage key={name} name={name} />}</Route>
        <Route path="/settings/:part?">{({ part }) => <SettingsPage part={part ?? 'you'} />}</Route>
        <Route>
          <Page title="Not here">
            <EmptyState icon="search" title="There is no such page">
              The address may be misspelt, or the call behind it was erased.
            </EmptyState>
          </Page>
        </Route>
      </Switch>
    </Suspense>
  )
}
