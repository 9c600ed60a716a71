/** Makes the first admin, with the token that the server printed when it started. */
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { call, wordsOf } from '../api/call.ts'
import { Field } from '../parts/field.tsx'
import { useEntering } from '../shell/session.tsx'
import { textOf } from './form-text.ts'
import { NewPassword } from './set-password.tsx'
import { tokenOfAddress } from './token-of-address.ts'

export function SetUp() {
  const [known] = useState(tokenOfAddress)
  const [, go] = useLocation()
  const enter = useEntering()
  const [differ, setDiffer] = useState(false)
  const setUp = useMutation({
    mutationFn: (body: { token: string; name: string; email: string; password: string }) => call('setUp', { body }),
    onSuccess: ({ user }) => {
      enter(user)
      go('/calls', { replace: true })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const password = textOf(form, 'password')
    setDiffer(password !== textOf(form, 'again'))
    if (password !== textOf(form, 'again')) return
    setUp.mutate({ token: textOf(form, 'token'), name: textOf(form, 'name'), email: textOf(form, 'email'), password })
  }
  return (
    <>
      <h1>Set Earshot up</h1>
      <p className="muted">You become its first admin. There is no default password.</p>
      <form className="form" onSubmit={submit}>
        <Field
          label="Setup token"
          name="token"
          required
          autoComplete="off"
          spellCheck={false}
          defaultValue={known ?? ''}
          hint="The server printed it when it started: look at its output."
        />
        <Field label="Your name" name="name" autoComplete="name" maxLength={100} required />
        <Field label="E-mail" name="email" type="email" autoComplete="username" required />
        <NewPassword differ={differ} />
        {setUp.isError && (
          <p className="form-wrong" role="alert">
            {wordsOf(setUp.error)}
          </p>
        )}
        <button type="submit" className="button button-main door-wide" disabled={setUp.isPending}>
          {setUp.isPending ? 'One moment…' : 'Begin'}
        </button>
      </form>
    </>
  )
}
