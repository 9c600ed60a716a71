/** One agent. */
import { Page } from '../shell/page.tsx'

export function AgentPage({ name }: { name: string }) {
  return <Page title="Agent">{name}</Page>
}
