/** An empty list, which says what to do next. */
import { Link } from 'wouter'
import { EmptyState } from '../parts/empty.tsx'
import { useSession } from '../shell/session.tsx'
import { chipsOf } from './chips.ts'
import { EMPTY_STATE, isNarrowed, type ListState } from './list-state.ts'

export function NoCalls({ state, onState }: { state: ListState; onState: (state: ListState) => void }) {
  const session = useSession()
  if (isNarrowed(state)) {
    const chips = chipsOf(state)
    const cleared = { ...EMPTY_STATE, columns: state.columns, sort: state.sort, order: state.order }
    return (
      <EmptyState
        icon="search"
        title="No call fits"
        action={
          <button type="button" className="button" onClick={() => onState(cleared)}>
            Show all calls
          </button>
        }
      >
        {state.filter.text === undefined
          ? `The list is narrowed by ${chips.length === 1 ? 'this' : 'all of these'}: ${chips.map(({ label }) => label).join('; ')}.`
          : 'All the words must have been said in one turn; the last may be the beginning of a word. Words “in quotes” stand together.'}
      </EmptyState>
    )
  }
  if (!session.may('manager')) {
    return (
      <EmptyState icon="calls" title="No calls yet">
        They are listed here from the moment they begin.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon="phone"
      title="No calls yet"
      action={
        <Link href="/phone" className="button button-main">
          Open the phone
        </Link>
      }
    >
      {session.offline
        ? 'Click Phone to make your first call: a stand-in model answers on this machine, with no account and no cost.'
        : 'Click Phone to call an agent from this browser, or let your carrier send the calls of a number to /twilio/voice on this server.'}
    </EmptyState>
  )
}
