/** Settings. */
import { Page } from '../shell/page.tsx'

export function SettingsPage({ part }: { part: string }) {
  return <Page title="Settings">{part}</Page>
}
