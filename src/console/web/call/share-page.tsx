/** Where a link that somebody shared leads to. */
import { Page } from '../shell/page.tsx'

export function SharePage({ token }: { token: string }) {
  return <Page title="Shared call">{token}</Page>
}
