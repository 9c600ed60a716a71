/** Sets a password, with a link that an admin handed on. */
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { call, wordsOf } from '../api/call.ts'
import { Field } from '../parts/field.tsx'
import { useEntering } from '../shell/session.tsx'
import { textOf } from './form-text.ts'
import { tokenOfAddress } from './token-of-address.ts'

export function SetPassword() {
  const [token] = useState(tokenOfAddress)
  const [, go] = useLocation()
  const enter = useEntering()
  const [differ, setDiffer] = useState(false)
  const set = useMutation({
    mutationFn: (body: { token: string; password: string }) => call('setPassword', { body }),
    onSuccess: ({ user }) => {
      enter(user)
      go('/calls', { replace: true })
    },
  })
  if (token === null) {
    return (
      <>
        <h1>This link does not work</h1>
        <p>Its end is missing: copy the whole of it, or ask an admin for a new one.</p>
      </>
    )
  }
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const password = textOf(form, 'password')
    setDiffer(password !== textOf(form, 'again'))
    if (password === textOf(form, 'again')) set.mutate({ token, password })
  }
  return (
    <>
      <h1>Set your password</h1>
      <form className="form" onSubmit={submit}>
        <NewPassword differ={differ} />
        {set.isError && (
          <p className="form-wrong" role="alert">
            {wordsOf(set.error)}
          </p>
        )}
        <button type="submit" className="button button-main door-wide" disabled={set.isPending}>
          {set.isPending ? 'One moment…' : 'Set it and sign in'}
        </button>
      </form>
    </>
  )
}

/** A new password, typed twice. */
export function NewPassword({ differ }: { differ: boolean }) {
  return (
    <>
      <Field
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={12}
        maxLength={200}
        required
        hint="At least 12 characters. Some words in a row are easy to remember and hard to guess."
      />
      <Field
        label="The same again"
        name="again"
        type="password"
        autoComplete="new-password"
        required
        wrong={differ ? 'The two are not the same.' : undefined}
      />
    </>
  )
}
