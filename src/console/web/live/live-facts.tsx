/** Figures of a call in progress. */
import type { LiveRow } from '../../contract/live.ts'
import { Money, PhoneNumber, Wait } from '../parts/figures.tsx'
import { replyTone, strainTone } from '../words/call-words.ts'

export function LiveFacts({ call }: { call: LiveRow }) {
  const tone = (name: string): string | undefined => (name === 'plain' ? undefined : `tone-${name}`)
  return (
    <section className="panel" aria-label="Figures">
      <dl className="live-facts panel-body">
        <div>
          <dt>Called</dt>
          <dd>
            <PhoneNumber number={call.to} />
          </dd>
        </div>
        <div>
          <dt>Last reply after</dt>
          <dd className={tone(call.replyMs === null ? 'plain' : replyTone(call.replyMs))}>
            <Wait ms={call.replyMs} />
          </dd>
        </div>
        <div>
          <dt>Caller’s turns</dt>
          <dd className="figure">{call.turns}</dd>
        </div>
        <div>
          <dt>Cost so far</dt>
          <dd>
            <Money usd={call.costUsd} />
          </dd>
        </div>
        <div title="If it lasts as long as calls of this agent may, at its rate so far">
          <dt>Cost at most</dt>
          <dd>
            <Money usd={call.forecastUsd} />
          </dd>
        </div>
        <div title="How hard the call is on the caller, of 100">
          <dt>Strain</dt>
          <dd className={tone(strainTone(call.strain))}>{call.strain} of 100</dd>
        </div>
        <div>
          <dt>Listening in</dt>
          <dd className="figure">{call.listeners}</dd>
        </div>
      </dl>
    </section>
  )
}
