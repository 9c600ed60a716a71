/** With an address and a password, or through the operator's identity provider. */
import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import type { Door } from '../../contract/people.ts'
import { TURNED_AWAY } from '../../contract/turned-away.ts'
import { call, urlOf, wordsOf } from '../api/call.ts'
import { Field } from '../parts/field.tsx'
import { useEntering } from '../shell/session.tsx'
import { textOf } from './form-text.ts'

export function SignIn({ door }: { door: Door }) {
  const enter = useEntering()
  const turnedAway = turnedAwayWords(location.hash)
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string }) => call('signIn', { body }),
    onSuccess: ({ user }) => enter(user),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    signIn.mutate({ email: textOf(form, 'email'), password: textOf(form, 'password') })
  }
  return (
    <>
      <h1>Sign in</h1>
      {turnedAway !== null && (
        <p className="form-wrong" role="alert">
          {turnedAway}
        </p>
      )}
      {door.oidc !== null && (
        <>
          <a
            className="button button-main door-wide"
            href={urlOf('signInByOidc', { query: { to: location.pathname + location.search } })}
          >
            Sign in with {door.oidc.name}
          </a>
          <p className="door-or">or with a password</p>
        </>
      )}
      <form className="form" onSubmit={submit}>
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          required
          autoFocus={door.oidc === null}
        />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        {signIn.isError && (
          <p className="form-wrong" role="alert">
            {wordsOf(signIn.error)}
          </p>
        )}
        <button
          type="submit"
          className={`button door-wide${door.oidc === null ? ' button-main' : ''}`}
          disabled={signIn.isPending}
        >
          {signIn.isPending ? 'One moment…' : 'Sign in'}
        </button>
      </form>
      <p className="muted">No password yet, or lost it? An admin can hand you a link that sets one.</p>
    </>
  )
}

/** What the server says in the address when the identity provider vouched for somebody in vain. */
function turnedAwayWords(hash: string): string | null {
  const code = new URLSearchParams(hash.slice(1)).get('refused')
  const known = Object.entries(TURNED_AWAY).find(([name]) => name === code)
  return known === undefined ? null : known[1]
}
