/** Where a link that somebody shared leads to. */
import { useQuery } from '@tanstack/react-query'
import { Redirect } from 'wouter'
import { call } from '../api/call.ts'
import { Trouble } from '../parts/empty.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Page } from '../shell/page.tsx'

export function SharePage({ token }: { token: string }) {
  const share = useQuery({
    queryKey: ['share', token],
    queryFn: () => call('openShare', { params: { token } }),
    retry: false,
  })
  if (share.data !== undefined) {
    const { callId, atMs } = share.data
    return (
      <Redirect replace to={`/calls/${encodeURIComponent(callId)}${atMs === null ? '' : `?at=${Math.floor(atMs)}`}`} />
    )
  }
  return <Page title="Shared call">{share.isError ? <Trouble error={share.error} /> : <Skeleton lines={3} />}</Page>
}
