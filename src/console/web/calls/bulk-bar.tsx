/** Marks several calls at once. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { call, wordsOf } from '../api/call.ts'
import { toast } from '../shell/toasts.tsx'
import { counted } from '../words/format.ts'
import { useReviewed } from './use-calls.ts'

/** So many are asked for at a time: a browser opens no more connections, and others want some of them. */
const AT_ONCE = 3

export function useMarking(onDone: () => void) {
  const queries = useQueryClient()
  const reviewed = useReviewed()
  return useMutation({
    mutationFn: async (given: { callIds: readonly string[]; reviewed: boolean }) => {
      const waiting = [...given.callIds]
      const failures: unknown[] = []
      const work = async (): Promise<void> => {
        for (let callId = waiting.shift(); callId !== undefined; callId = waiting.shift()) {
          try {
            reviewed(callId, await call('judgeCall', { params: { callId }, body: { reviewed: given.reviewed } }))
          } catch (error) {
            failures.push(error)
          }
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
      return { done: given.callIds.length - failures.length, failures }
    },
    onSuccess: ({ done, failures }, given) => {
      if (done > 0) toast(`${counted(done, 'call')} marked as ${given.reviewed ? 'reviewed' : 'not reviewed'}.`)
      if (failures.length > 0)
        toast(`${counted(failures.length, 'call')} not marked: ${wordsOf(failures[0])}`, 'trouble')
      void queries.invalidateQueries({ queryKey: ['calls', 'facets'] })
      onDone()
    },
  })
}

export function BulkBar(props: {
  readonly chosen: ReadonlySet<string>
  readonly busy: boolean
  readonly onMark: (reviewed: boolean) => void
  readonly onClear: () => void
}) {
  return (
    <section className="bulk" aria-label="Chosen calls">
      <span role="status">{counted(props.chosen.size, 'call')} chosen</span>
      <button
        type="button"
        className="button button-small button-main"
        disabled={props.busy}
        onClick={() => props.onMark(true)}
      >
        Mark as reviewed
      </button>
      <button type="button" className="button button-small" disabled={props.busy} onClick={() => props.onMark(false)}>
        Not reviewed
      </button>
      <button type="button" className="button button-small button-plain" onClick={props.onClear}>
        Choose none
      </button>
    </section>
  )
}
