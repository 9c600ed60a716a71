/** What a call cost, by what the model heard, read and said, cached or fresh. */
import type { CallDetail } from '../../contract/calls.ts'
import { count, money, share } from '../words/format.ts'

const ROWS = [
  { name: 'Heard by the model', kind: 'Audio in', fresh: 'audioIn', cached: 'audioCached' },
  { name: 'Spoken by the model', kind: 'Audio out', fresh: 'audioOut', cached: null },
  { name: 'Read by the model', kind: 'Text in', fresh: 'textIn', cached: 'textCached' },
  { name: 'Written by the model', kind: 'Text out', fresh: 'textOut', cached: null },
  { name: 'Pictures seen', kind: 'Image in', fresh: 'imageIn', cached: 'imageCached' },
] as const

type Part = NonNullable<CallDetail['costParts']>[number]

export function CostPanel({ detail }: { detail: CallDetail }) {
  const parts = detail.costParts
  return (
    <section className="panel" aria-label="Cost">
      <header className="panel-head">
        <h2>Cost</h2>
        <span className="panel-action figure">{detail.call.costUsd === null ? '' : money(detail.call.costUsd)}</span>
      </header>
      <div className="panel-body form">
        {parts === null ? (
          <p className="muted">
            {detail.call.costUsd === null ? 'What it cost is not known' : 'What the cost is made of is not known'}:
            config/pricing.yaml has no price of {detail.call.model}.
          </p>
        ) : (
          <Parts parts={parts} />
        )}
      </div>
    </section>
  )
}

function Parts({ parts }: { parts: readonly Part[] }) {
  const of = (key: Part['part'] | null): Part | null =>
    parts.find(({ part, tokens }) => part === key && tokens > 0) ?? null
  const total = parts.reduce((sum, { usd }) => sum + usd, 0)
  const lines = ROWS.flatMap(({ kind, name, fresh, cached }) =>
    [
      { part: of(fresh), label: cached === null ? kind : `${kind}, fresh`, style: fresh },
      { part: of(cached), label: `${kind}, cached`, style: fresh },
    ].flatMap(({ part, label, style }) => (part === null ? [] : [{ part, label, style, name }])),
  )
  if (lines.length === 0) return <p className="muted">Nothing was used.</p>
  return (
    <>
      <span className="cost-bar" aria-hidden="true">
        {lines.map(({ part, label, style }) => (
          <span
            key={part.part}
            className={`cost-${style}${part.part.endsWith('Cached') ? ' cost-cached' : ''}`}
            style={{ width: `${total === 0 ? 0 : (100 * part.usd) / total}%` }}
            title={`${label}: ${money(part.usd)}`}
          />
        ))}
      </span>
      <table className="table cost-table">
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col" className="end">
              Tokens
            </th>
            <th scope="col" className="end">
              Cost
            </th>
            <th scope="col" className="end">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ part, label, style, name }) => (
            <tr key={part.part}>
              <th scope="row" title={name}>
                <span
                  className={`swatch cost-${style}${part.part.endsWith('Cached') ? ' cost-cached' : ''}`}
                  aria-hidden="true"
                />
                {label}
              </th>
              <td className="end">{count(part.tokens)}</td>
              <td className="end">{money(part.usd)}</td>
              <td className="end">{share(part.usd, total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
