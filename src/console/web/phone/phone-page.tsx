/** The test phone. */
import { Page } from '../shell/page.tsx'

export function PhonePage() {
  return <Page title="Phone">{null}</Page>
}
