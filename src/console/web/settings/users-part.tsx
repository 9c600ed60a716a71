/** Who may sign in, and as what. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { UserRole } from '../../contract/endpoint.ts'
import type { User } from '../../contract/people.ts'
import { call, wordsOf } from '../api/call.ts'
import { textOf } from '../door/form-text.ts'
import { Badge } from '../parts/badge.tsx'
import { Confirm, Dialog } from '../parts/dialog.tsx'
import { Trouble } from '../parts/empty.tsx'
import { Field } from '../parts/field.tsx'
import { Time } from '../parts/figures.tsx'
import { Menu } from '../parts/menu.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Table, type TableColumn } from '../parts/table.tsx'
import { useSession } from '../shell/session.tsx'
import { toast, toastError } from '../shell/toasts.tsx'
import { RoleField } from './role-field.tsx'
import { ROLE_MEANS, ROLES } from './role-words.ts'
import { Secret } from './secret.tsx'

const KEY = ['users'] as const

export function UsersPart() {
  const queries = useQueryClient()
  const { user: me } = useSession()
  const users = useQuery({ queryKey: KEY, queryFn: () => call('listUsers'), select: (reply) => reply.users })
  const [adding, setAdding] = useState(false)
  const [link, setLink] = useState<{ readonly name: string; readonly link: string } | null>(null)
  const [removing, setRemoving] = useState<User | null>(null)
  const after = { onError: toastError, onSettled: () => queries.invalidateQueries({ queryKey: KEY }) }
  const change = useMutation({
    mutationFn: ({ userId, ...body }: { userId: string; role?: UserRole; disabled?: boolean }) =>
      call('changeUser', { params: { userId }, body }),
    onSuccess: ({ name }) => toast(`${name} is changed.`),
    ...after,
  })
  const reset = useMutation({
    mutationFn: async (user: User) => ({
      name: user.name,
      ...(await call('resetPassword', { params: { userId: user.userId } })),
    }),
    onSuccess: setLink,
    ...after,
  })
  const remove = useMutation({
    mutationFn: (user: User) => call('removeUser', { params: { userId: user.userId } }),
    onSuccess: () => toast('The user is gone. What they wrote stays.'),
    ...after,
  })
  const columns: TableColumn<User>[] = [
    {
      key: 'name',
      head: 'Name',
      cell: (user) => (
        <>
          <strong>{user.name}</strong>
          {user.userId === me.userId && <span className="muted"> · you</span>}
          <br />
          <span className="muted">{user.email}</span>
        </>
      ),
    },
    {
      key: 'role',
      head: 'Role',
      cell: (user) =>
        user.userId === me.userId ? (
          user.role
        ) : (
          <select
            className="select"
            aria-label={`Role of ${user.name}`}
            value={user.role}
            disabled={change.isPending}
            onChange={(event) => {
              const role = ROLES.find((each) => each === event.target.value)
              if (role !== undefined) change.mutate({ userId: user.userId, role })
            }}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {role}
              </option>
            ))}
          </select>
        ),
    },
    {
      key: 'way',
      head: 'Signs in with',
      cell: (user) => (user.signsInWith === 'oidc' ? 'identity provider' : 'password'),
    },
    {
      key: 'seen',
      head: 'Last seen',
      cell: (user) =>
        user.lastSeenAt === null ? <span className="muted">never</span> : <Time at={user.lastSeenAt} as="ago" />,
    },
    {
      key: 'state',
      head: 'State',
      cell: (user) => (user.disabled ? <Badge tone="bad">Locked out</Badge> : <Badge tone="good">Active</Badge>),
    },
    {
      key: 'actions',
      head: '',
      end: true,
      cell: (user) =>
        user.userId !== me.userId && (
          <Menu label={`Change ${user.name}`} face="Change" className="button button-small" align="end">
            {(close) => (
              <>
                {user.signsInWith === 'password' && (
                  <button
                    type="button"
                    className="menu-item"
                    onClick={() => {
                      close()
                      reset.mutate(user)
                    }}
                  >
                    Link for a new password
                  </button>
                )}
                <button
                  type="button"
                  className="menu-item"
                  onClick={() => {
                    close()
                    change.mutate({ userId: user.userId, disabled: !user.disabled })
                  }}
                >
                  {user.disabled ? 'Let in again' : 'Lock out'}
                </button>
                <button
                  type="button"
                  className="menu-item tone-bad"
                  onClick={() => {
                    close()
                    setRemoving(user)
                  }}
                >
                  Remove…
                </button>
              </>
            )}
          </Menu>
        ),
    },
  ]
  return (
    <section className="panel" aria-labelledby="users-head">
      <header className="panel-head">
        <h2 id="users-head">Users</h2>
        <button type="button" className="button button-small button-main panel-action" onClick={() => setAdding(true)}>
          Add a user
        </button>
      </header>
      {users.isPending ? (
        <div className="panel-body">
          <Skeleton />
        </div>
      ) : users.isError ? (
        <Trouble error={users.error} onRetry={() => void users.refetch()} />
      ) : (
        <Table label="Users" columns={columns} rows={users.data} keyOf={({ userId }) => userId} />
      )}
      {adding && (
        <AddUser
          onClose={() => setAdding(false)}
          onAdded={(added) => {
            setAdding(false)
            setLink(added)
            void queries.invalidateQueries({ queryKey: KEY })
          }}
        />
      )}
      {link !== null && (
        <Dialog title={`A link for ${link.name}`} onClose={() => setLink(null)}>
          <p>Hand it on yourself: whoever opens it sets the password. It works once, and is shown only here.</p>
          <Secret label="Link" secret={link.link} />
        </Dialog>
      )}
      {removing !== null && (
        <Confirm
          title={`Remove ${removing.name}?`}
          does="Remove"
          onClose={() => setRemoving(null)}
          onYes={() => {
            remove.mutate(removing)
            setRemoving(null)
          }}
        >
          <p>
            Their sessions end at once, and their saved views go. Their notes and what the audit log says of them stay.
          </p>
        </Confirm>
      )}
    </section>
  )
}

function AddUser(props: {
  readonly onClose: () => void
  readonly onAdded: (added: { readonly name: string; readonly link: string }) => void
}) {
  const add = useMutation({
    mutationFn: (body: { email: string; name: string; role: UserRole }) => call('addUser', { body }),
    onSuccess: ({ user, link }) => props.onAdded({ name: user.name, link }),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const role = ROLES.find((each) => each === textOf(form, 'role')) ?? 'viewer'
    add.mutate({ email: textOf(form, 'email'), name: textOf(form, 'name'), role })
  }
  return (
    <Dialog title="Add a user" onClose={props.onClose}>
      <form className="form" onSubmit={submit}>
        <Field label="Name" name="name" maxLength={100} required autoComplete="off" />
        <Field label="E-mail" name="email" type="email" required autoComplete="off" />
        <RoleField means={ROLE_MEANS} />
        {add.isError && (
          <p className="form-wrong" role="alert">
            {wordsOf(add.error)}
          </p>
        )}
        <button type="submit" className="button button-main" disabled={add.isPending}>
          Add
        </button>
      </form>
    </Dialog>
  )
}
