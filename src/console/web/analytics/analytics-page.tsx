/** Figures over many calls. */
import { Page } from '../shell/page.tsx'

export function AnalyticsPage() {
  return <Page title="Analytics">{null}</Page>
}
