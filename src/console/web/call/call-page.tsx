/** One call. */
import { Page } from '../shell/page.tsx'

export function CallPage({ callId }: { callId: string }) {
  return <Page title="Call">{callId}</Page>
}
