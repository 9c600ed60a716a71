/** Oneself, and for admins everybody: users, keys, and the account of what was done. */
import { Link } from 'wouter'
import { EmptyState } from '../parts/empty.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import { AuditPart } from './audit-part.tsx'
import { KeysPart } from './keys-part.tsx'
import './settings.css'
import { UsersPart } from './users-part.tsx'
import { YouPart } from './you-part.tsx'

const PARTS = [
  { name: 'you', words: 'You', adminOnly: false, part: YouPart },
  { name: 'users', words: 'Users', adminOnly: true, part: UsersPart },
  { name: 'keys', words: 'API keys', adminOnly: true, part: KeysPart },
  { name: 'audit', words: 'Audit log', adminOnly: true, part: AuditPart },
] as const

export function SettingsPage({ part }: { part: string }) {
  const session = useSession()
  const parts = PARTS.filter(({ adminOnly }) => !adminOnly || session.may('admin'))
  const chosen = parts.find(({ name }) => name === part)
  return (
    <Page title="Settings">
      {parts.length > 1 && (
        <nav className="tabs" aria-label="Settings">
          {parts.map(({ name, words }) => (
            <Link
              key={name}
              href={name === 'you' ? '/settings' : `/settings/${name}`}
              aria-current={name === part ? 'page' : undefined}
            >
              {words}
            </Link>
          ))}
        </nav>
      )}
      {chosen === undefined ? (
        <EmptyState icon="key" title="This is for admins">
          Ask one of them if you need it.
        </EmptyState>
      ) : (
        <chosen.part />
      )}
    </Page>
  )
}
