/** The frame around all pages: where one is, where one can go, and who one is. */
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { call } from '../api/call.ts'
import { useLive } from '../api/live-feed.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Mark } from '../parts/mark.tsx'
import { Menu } from '../parts/menu.tsx'
import { useKeys } from './keys.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { DOOR_KEY, useSession } from './session.tsx'
import { THEMES, useTheme } from './theme.ts'
import { toastError } from './toasts.tsx'

const PLACES: readonly {
  readonly path: string
  readonly name: string
  readonly icon: IconName
  readonly key: string
}[] = [
  { path: '/calls', name: 'Calls', icon: 'calls', key: 'c' },
  { path: '/live', name: 'Live', icon: 'live', key: 'l' },
  { path: '/phone', name: 'Phone', icon: 'phone', key: 'p' },
  { path: '/analytics', name: 'Analytics', icon: 'analytics', key: 'a' },
  { path: '/agents', name: 'Agents', icon: 'agents', key: 'e' },
  { path: '/settings', name: 'Settings', icon: 'settings', key: 's' },
]

export function Layout({ children }: { children: ReactNode }) {
  const [path, go] = useLocation()
  const [keysShown, setKeysShown] = useState(false)
  const session = useSession()
  // The test phone places calls, which a viewer may not.
  const places = PLACES.filter((place) => place.path !== '/phone' || session.may('manager'))
  useKeys('Everywhere', [
    ...places.map((place) => ({ key: `g ${place.key}`, does: place.name, run: () => go(place.path) })),
    { key: '?', does: 'These keys', run: () => setKeysShown(true) },
  ])
  return (
    <div className="frame">
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <header className="bar">
        <Link href="/calls" className="brand">
          <Mark />
          <span>Earshot</span>
        </Link>
        <nav className="places" aria-label="Pages">
          {places.map((place) => (
            <Link
              key={place.path}
              href={place.path}
              className="place"
              aria-current={path === place.path || path.startsWith(`${place.path}/`) ? 'page' : undefined}
            >
              <Icon name={place.icon} />
              <span>{place.name}</span>
              {place.path === '/live' && <LiveCount />}
            </Link>
          ))}
        </nav>
        <div className="bar-end">
          {session.offline && (
            <span
              className="badge badge-warn"
              title="No key of a model is set: a stand-in on this machine answers the calls."
            >
              Offline
            </span>
          )}
          <PersonMenu onKeys={() => setKeysShown(true)} />
        </div>
      </header>
      {children}
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </div>
  )
}

function LiveCount() {
  const { calls } = useLive()
  if (calls.length === 0) return null
  return (
    <span className="place-count">
      {calls.length}
      <span className="visually-hidden"> in progress</span>
    </span>
  )
}

function PersonMenu({ onKeys }: { onKeys: () => void }) {
  const { user, version } = useSession()
  const [theme, setTheme] = useTheme()
  const queries = useQueryClient()
  const [, go] = useLocation()
  const signOut = async (): Promise<void> => {
    try {
      await call('signOut')
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== DOOR_KEY[0] })
      await queries.invalidateQueries({ queryKey: DOOR_KEY })
    } catch (error) {
      toastError(error)
    }
  }
  return (
    <Menu
      label={`You: ${user.name}`}
      face={<span className="person-name">{user.name}</span>}
      className="button button-plain person"
      align="end"
    >
      {(close) => (
        <div className="person-panel">
          <p className="person-who">
            {user.email}
            <span className="muted"> · {user.role}</span>
          </p>
          <fieldset className="segments">
            <legend>Theme</legend>
            {THEMES.map((each) => (
              <label key={each}>
                <input type="radio" name="theme" checked={theme === each} onChange={() => setTheme(each)} />
                <span>{each}</span>
              </label>
            ))}
          </fieldset>
          <button
            type="button"
            className="menu-item"
            onClick={() => {
              close()
              go('/settings')
            }}
          >
            Your settings
          </button>
          <button
            type="button"
            className="menu-item"
            onClick={() => {
              close()
              onKeys()
            }}
          >
            Keys <kbd>?</kbd>
          </button>
          <button type="button" className="menu-item" onClick={() => void signOut()}>
            Sign out
          </button>
          <p className="muted person-version">Earshot {version}</p>
        </div>
      )}
    </Menu>
  )
}
