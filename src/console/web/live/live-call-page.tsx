/** One call in progress. */
import { Page } from '../shell/page.tsx'

export function LiveCallPage({ callId }: { callId: string }) {
  return <Page title="Live call">{callId}</Page>
}
