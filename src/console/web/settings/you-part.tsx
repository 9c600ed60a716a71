/** One's own name, password, sessions, and how the console looks and listens to keys. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call, wordsOf } from '../api/call.ts'
import { textOf } from '../door/form-text.ts'
import { NewPassword } from '../door/set-password.tsx'
import { Field } from '../parts/field.tsx'
import { Time } from '../parts/figures.tsx'
import { DOOR_KEY, useSession } from '../shell/session.tsx'
import { useStored } from '../shell/stored.ts'
import { THEMES, useTheme } from '../shell/theme.ts'
import { toast, toastError } from '../shell/toasts.tsx'
import { ROLE_MEANS } from './role-words.ts'

export function YouPart() {
  const { user } = useSession()
  return (
    <div className="settings-columns">
      <div className="settings-column">
        <section className="panel" aria-labelledby="you-head">
          <header className="panel-head">
            <h2 id="you-head">Profile</h2>
          </header>
          <dl className="facts panel-body">
            <div>
              <dt>Name</dt>
              <dd>{user.name}</dd>
            </div>
            <div>
              <dt>E-mail</dt>
              <dd>{user.email}</dd>
            </div>
            <div>
              <dt>Role</dt>
              <dd>
                {user.role} <span className="muted">· {ROLE_MEANS[user.role]}</span>
              </dd>
            </div>
            <div>
              <dt>Since</dt>
              <dd>
                <Time at={user.createdAt} />
              </dd>
            </div>
          </dl>
        </section>
        <Looks />
        <Sessions />
      </div>
      {user.signsInWith === 'password' && <Password />}
    </div>
  )
}

function Looks() {
  const [theme, setTheme] = useTheme()
  const [keys, setKeys] = useStored('keys')
  return (
    <section className="panel" aria-labelledby="looks-head">
      <header className="panel-head">
        <h2 id="looks-head">This browser</h2>
      </header>
      <div className="panel-body form">
        <fieldset className="segments">
          <legend>Theme</legend>
          {THEMES.map((each) => (
            <label key={each}>
              <input type="radio" name="settings-theme" checked={theme === each} onChange={() => setTheme(each)} />
              <span>{each}</span>
            </label>
          ))}
        </fieldset>
        <label className="choice choice-flush">
          <input
            type="checkbox"
            checked={keys !== 'off'}
            onChange={(event) => setKeys(event.target.checked ? null : 'off')}
          />
          <span>Single keys do things (press ? to see which)</span>
        </label>
      </div>
    </section>
  )
}

function Password() {
  const [differ, setDiffer] = useState(false)
  const change = useMutation({
    mutationFn: (body: { current: string; password: string }) => call('changePassword', { body }),
    onSuccess: () => toast('Your password is changed. Your other sessions have ended.'),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const element = event.currentTarget
    const form = new FormData(element)
    const password = textOf(form, 'password')
    setDiffer(password !== textOf(form, 'again'))
    if (password !== textOf(form, 'again')) return
    change.mutate({ current: textOf(form, 'current'), password }, { onSuccess: () => element.reset() })
  }
  return (
    <section className="panel" aria-labelledby="password-head">
      <header className="panel-head">
        <h2 id="password-head">Password</h2>
      </header>
      <form className="form panel-body" onSubmit={submit}>
        <Field label="Present password" name="current" type="password" autoComplete="current-password" required />
        <NewPassword differ={differ} />
        {change.isError && (
          <p className="form-wrong" role="alert">
            {wordsOf(change.error)}
          </p>
        )}
        <div>
          <button type="submit" className="button" disabled={change.isPending}>
            Change it
          </button>
        </div>
      </form>
    </section>
  )
}

function Sessions() {
  const queries = useQueryClient()
  const out = useMutation({
    mutationFn: () => call('signOut', { query: { everywhere: 'true' } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: DOOR_KEY }),
    onError: toastError,
  })
  return (
    <section className="panel" aria-labelledby="sessions-head">
      <header className="panel-head">
        <h2 id="sessions-head">Sessions</h2>
      </header>
      <div className="form panel-body">
        <p>Lost a laptop, or left a browser open elsewhere? End every session of yours, this one as well.</p>
        <div>
          <button type="button" className="button button-bad" disabled={out.isPending} onClick={() => out.mutate()}>
            Sign out everywhere
          </button>
        </div>
      </div>
    </section>
  )
}
