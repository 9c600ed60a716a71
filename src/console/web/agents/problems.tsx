/** What is wrong with the files of the agents, where it stands. */
import { useId } from 'react'
import type { AgentPage } from '../../contract/agents.ts'
import { Icon } from '../parts/icon.tsx'
import { counted } from '../words/format.ts'

type Problem = AgentPage['problems'][number]

export function Problems(props: { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }) {
  const id = useId()
  const { problems, warnings } = props
  if (problems.length === 0 && warnings.length === 0) return null
  return (
    <section className={problems.length > 0 ? 'problems' : 'problems problems-mild'} aria-labelledby={id}>
      <Icon name="warning" />
      <div>
        <h2 id={id}>
          {problems.length > 0
            ? `${counted(problems.length, 'mistake')} in the files on disk`
            : `${counted(warnings.length, 'thing')} to look at`}
        </h2>
        {problems.length > 0 && <p>They are not taken: what ran before goes on answering.</p>}
        <ul>
          {[...problems, ...warnings].map((problem) => (
            <li key={`${placeOf(problem)} ${problem.message}`}>
              <code>{placeOf(problem)}</code> <span>{problem.message}</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}

/** file:line:column, as editors take it. */
function placeOf({ file, line, column }: Problem): string {
  return [file, line, column].filter((part) => part !== null).join(':')
}
