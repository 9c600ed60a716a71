/** What people make of a call: stars, tags, who looks after it, and that it has been looked at. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import type { Review } from '../../../call-log/rows.ts'
import type { CallDetail } from '../../contract/calls.ts'
import { call } from '../api/call.ts'
import { Time } from '../parts/figures.tsx'
import { Icon } from '../parts/icon.tsx'
import { useSession } from '../shell/session.tsx'
import { toastError } from '../shell/toasts.tsx'
import { callKey } from './call-query.ts'

interface Judgement {
  readonly rating?: number | null
  readonly tags?: string[]
  readonly assignee?: string | null
  readonly reviewed?: boolean
}

export function ReviewPanel({ callId, review }: { callId: string; review: Review }) {
  const session = useSession()
  const queries = useQueryClient()
  const judge = useMutation({
    mutationFn: (body: Judgement) => call('judgeCall', { params: { callId }, body }),
    onSuccess: (judged) => {
      queries.setQueryData<CallDetail>(callKey(callId), (detail) => detail && { ...detail, review: judged })
      void queries.invalidateQueries({ queryKey: ['calls'] })
    },
    onError: toastError,
  })
  const may = session.may('manager')
  const change = (body: Judgement): void => judge.mutate(body)
  return (
    <section className="panel" aria-label="Review">
      <header className="panel-head">
        <h2>Review</h2>
        {may && (
          <button
            type="button"
            className={`button button-small panel-action${review.reviewedAt === null ? '' : ' button-on'}`}
            aria-pressed={review.reviewedAt !== null}
            disabled={judge.isPending}
            onClick={() => change({ reviewed: review.reviewedAt === null })}
          >
            <Icon name="check" />
            {review.reviewedAt === null ? 'Mark as reviewed' : 'Reviewed'}
          </button>
        )}
      </header>
      <div className="panel-body form">
        {review.reviewedAt !== null && (
          <p className="muted">
            Reviewed {review.reviewedBy === null ? '' : `by ${review.reviewedBy} `}
            <Time at={review.reviewedAt} as="ago" />
          </p>
        )}
        <Stars rating={review.rating} may={may} onRate={(rating) => change({ rating })} />
        <Tags tags={review.tags} may={may} onTags={(tags) => change({ tags })} />
        <Assignee assignee={review.assignee} may={may} onAssign={(assignee) => change({ assignee })} />
      </div>
    </section>
  )
}

function Stars(props: { rating: number | null; may: boolean; onRate: (rating: number | null) => void }) {
  const group = useId()
  if (!props.may)
    return <p>{props.rating === null ? <span className="muted">Not rated</span> : `Rated ${props.rating} of 5`}</p>
  return (
    <fieldset className="stars">
      <legend className="visually-hidden">Rating</legend>
      {[1, 2, 3, 4, 5].map((stars) => (
        <label key={stars} className={stars <= (props.rating ?? 0) ? 'star star-on' : 'star'}>
          <input
            type="radio"
            name={group}
            value={stars}
            aria-label={`${stars} of 5`}
            checked={props.rating === stars}
            onChange={() => props.onRate(stars)}
          />
          <Icon name="star" />
        </label>
      ))}
      {props.rating !== null && (
        <button type="button" className="button button-plain button-small" onClick={() => props.onRate(null)}>
          Take back
        </button>
      )}
    </fieldset>
  )
}

function Tags(props: { tags: readonly string[]; may: boolean; onTags: (tags: string[]) => void }) {
  const [text, setText] = useState('')
  const add = (event: FormEvent): void => {
    event.preventDefault()
    const tag = text.trim().slice(0, 40)
    if (tag !== '' && !props.tags.includes(tag) && props.tags.length < 20) props.onTags([...props.tags, tag])
    setText('')
  }
  return (
    <div className="tags">
      <ul aria-label="Tags" className="tags-list">
        {props.tags.map((tag) => (
          <li key={tag} className="tag">
            {tag}
            {props.may && (
              <button
                type="button"
                className="tag-off"
                aria-label={`Take off ${tag}`}
                onClick={() => props.onTags(props.tags.filter((each) => each !== tag))}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
        {props.tags.length === 0 && !props.may && <li className="muted">No tags</li>}
      </ul>
      {props.may && (
        <form onSubmit={add} className="tags-form">
          <input
            className="input"
            aria-label="Add a tag"
            placeholder="Add a tag"
            maxLength={40}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="button" disabled={text.trim() === ''}>
            Add
          </button>
        </form>
      )}
    </div>
  )
}

function Assignee(props: { assignee: string | null; may: boolean; onAssign: (userId: string | null) => void }) {
  const people = useQuery({ queryKey: ['colleagues'], queryFn: () => call('listColleagues'), staleTime: 5 * 60_000 })
  const id = useId()
  const colleagues = people.data?.colleagues ?? []
  const known = colleagues.some(({ userId }) => userId === props.assignee)
  if (!props.may) {
    const name = colleagues.find(({ userId }) => userId === props.assignee)?.name ?? props.assignee
    return <p>{name === null ? <span className="muted">Not assigned</span> : `Assigned to ${name}`}</p>
  }
  return (
    <div className="field">
      <label htmlFor={id}>Assigned to</label>
      <select
        id={id}
        className="select"
        value={props.assignee ?? ''}
        onChange={(event) => props.onAssign(event.target.value === '' ? null : event.target.value)}
      >
        <option value="">Nobody</option>
        {props.assignee !== null && !known && <option value={props.assignee}>Somebody who has left</option>}
        {colleagues.map(({ userId, name }) => (
          <option key={userId} value={userId}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
