/** Keys for programs that use the API. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { UserRole } from '../../contract/endpoint.ts'
import type { Key } from '../../contract/people.ts'
import { call, wordsOf } from '../api/call.ts'
import { textOf } from '../door/form-text.ts'
import { Confirm, Dialog } from '../parts/dialog.tsx'
import { Trouble } from '../parts/empty.tsx'
import { Field } from '../parts/field.tsx'
import { Time } from '../parts/figures.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { Table, type TableColumn } from '../parts/table.tsx'
import { toast, toastError } from '../shell/toasts.tsx'
import { RoleField } from './role-field.tsx'
import { ROLE_MEANS, ROLES } from './role-words.ts'
import { Secret } from './secret.tsx'

const KEY = ['keys'] as const

export function KeysPart() {
  const queries = useQueryClient()
  const keys = useQuery({ queryKey: KEY, queryFn: () => call('listKeys'), select: (reply) => reply.keys })
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<{ readonly name: string; readonly secret: string } | null>(null)
  const [removing, setRemoving] = useState<Key | null>(null)
  const remove = useMutation({
    mutationFn: (key: Key) => call('removeKey', { params: { keyId: key.keyId } }),
    onSuccess: () => toast('The key works no more.'),
    onError: toastError,
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  })
  const columns: TableColumn<Key>[] = [
    {
      key: 'name',
      head: 'Name',
      cell: (key) => (
        <>
          <strong>{key.name}</strong> <span className="mono muted">{key.hint}…</span>
        </>
      ),
    },
    { key: 'role', head: 'Role', cell: (key) => key.role },
    {
      key: 'made',
      head: 'Made',
      cell: (key) => (
        <>
          <Time at={key.createdAt} /> <span className="muted">by {key.createdBy}</span>
        </>
      ),
    },
    {
      key: 'used',
      head: 'Last used',
      cell: (key) =>
        key.lastUsedAt === null ? <span className="muted">never</span> : <Time at={key.lastUsedAt} as="ago" />,
    },
    {
      key: 'actions',
      head: '',
      end: true,
      cell: (key) => (
        <button
          type="button"
          className="button button-small"
          aria-label={`Remove the key ${key.name}`}
          onClick={() => setRemoving(key)}
        >
          Remove…
        </button>
      ),
    },
  ]
  return (
    <section className="panel" aria-labelledby="keys-head">
      <header className="panel-head">
        <h2 id="keys-head">API keys</h2>
        <button type="button" className="button button-small button-main panel-action" onClick={() => setAdding(true)}>
          Make a key
        </button>
      </header>
      {keys.isPending ? (
        <div className="panel-body">
          <Skeleton />
        </div>
      ) : keys.isError ? (
        <Trouble error={keys.error} onRetry={() => void keys.refetch()} />
      ) : (
        <Table
          label="API keys"
          columns={columns}
          rows={keys.data}
          keyOf={({ keyId }) => keyId}
          empty="None yet. A key lets a program read calls, or do what its role may."
        />
      )}
      {adding && (
        <AddKey
          onClose={() => setAdding(false)}
          onAdded={(added) => {
            setAdding(false)
            setSecret(added)
            void queries.invalidateQueries({ queryKey: KEY })
          }}
        />
      )}
      {secret !== null && (
        <Dialog title={`The key “${secret.name}”`} onClose={() => setSecret(null)}>
          <p>
            Copy it now: it is shown only here. Programs send it as <code>Authorization: Bearer …</code>
          </p>
          <Secret label="Key" secret={secret.secret} />
        </Dialog>
      )}
      {removing !== null && (
        <Confirm
          title={`Remove the key “${removing.name}”?`}
          does="Remove"
          onClose={() => setRemoving(null)}
          onYes={() => {
            remove.mutate(removing)
            setRemoving(null)
          }}
        >
          <p>Whatever uses it is refused from then on.</p>
        </Confirm>
      )}
    </section>
  )
}

function AddKey(props: {
  readonly onClose: () => void
  readonly onAdded: (added: { readonly name: string; readonly secret: string }) => void
}) {
  const add = useMutation({
    mutationFn: (body: { name: string; role: UserRole }) => call('addKey', { body }),
    onSuccess: ({ key, secret }) => props.onAdded({ name: key.name, secret }),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const role = ROLES.find((each) => each === textOf(form, 'role')) ?? 'viewer'
    add.mutate({ name: textOf(form, 'name'), role })
  }
  return (
    <Dialog title="Make a key" onClose={props.onClose}>
      <form className="form" onSubmit={submit}>
        <Field label="What uses it" name="name" maxLength={100} required autoComplete="off" />
        <RoleField means={ROLE_MEANS} />
        {add.isError && (
          <p className="form-wrong" role="alert">
            {wordsOf(add.error)}
          </p>
        )}
        <button type="submit" className="button button-main" disabled={add.isPending}>
          Make it
        </button>
      </form>
    </Dialog>
  )
}
