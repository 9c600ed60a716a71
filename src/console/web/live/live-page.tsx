/** The calls in progress. */
import { Page } from '../shell/page.tsx'

export function LivePage() {
  return <Page title="Live">{null}</Page>
}
