/** Signs in by a link that works once. A click, so that a mail program that looks at links does not use it up. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { call, wordsOf } from '../api/call.ts'
import { useEntering } from '../shell/session.tsx'
import { tokenOfAddress } from './token-of-address.ts'

export function LinkSignIn() {
  const [token] = useState(tokenOfAddress)
  const [, go] = useLocation()
  const enter = useEntering()
  const signIn = useMutation({
    mutationFn: (given: string) => call('signInByLink', { body: { token: given } }),
    onSuccess: ({ user }) => {
      enter(user)
      go('/calls', { replace: true })
    },
  })
  if (token === null || signIn.isError) {
    return (
      <>
        <h1>This link does not work</h1>
        <p role="alert">{signIn.isError ? wordsOf(signIn.error) : 'Its end is missing: copy the whole of it.'}</p>
        <p className="muted">A link works once. Start the demo again for a new one, or sign in with a password.</p>
        <button type="button" className="button door-wide" onClick={() => go('/', { replace: true })}>
          To the sign-in page
        </button>
      </>
    )
  }
  return (
    <>
      <h1>Welcome</h1>
      <p>This link signs you in once, in this browser.</p>
      <button
        type="button"
        className="button button-main door-wide"
        disabled={signIn.isPending}
        onClick={() => signIn.mutate(token)}
      >
        {signIn.isPending ? 'One moment…' : 'Open the console'}
      </button>
    </>
  )
}
