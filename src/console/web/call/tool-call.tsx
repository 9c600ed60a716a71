/** One tool call: what was asked, what came of it, how long it took. All of it is text, whatever a backend answered. */
import { Badge } from '../parts/badge.tsx'
import { wait } from '../words/format.ts'
import { place, pretty, TOOL_OPEN, TOOL_WORDS } from './call-words.ts'
import type { LineOf } from './story.ts'

/** Up to this it stands in one line; what is longer than the second is put away until somebody asks. */
const ONE_LINE = 90
const SHORT = 300

export function ToolCall({ tool, onSeek }: { tool: LineOf<'tool'>; onSeek: (atMs: number) => void }) {
  const words = tool.result === null ? TOOL_OPEN : TOOL_WORDS[tool.result.status]
  return (
    <section className={`tool tool-${words.tone}`} aria-label={`Tool ${tool.name}`}>
      <div className="tool-head">
        <button type="button" className="turn-time figure" onClick={() => onSeek(tool.atMs)}>
          {place(tool.atMs)}
        </button>
        <code className="tool-name">{tool.name}</code>
        <Badge tone={words.tone}>{words.label}</Badge>
        {tool.result !== null && <span className="muted figure">{wait(tool.result.tookMs)}</span>}
      </div>
      {words.means !== null && <p className={words.tone === 'bad' ? 'tone-bad' : 'muted'}>{words.means}</p>}
      <Payload label="Asked with" text={tool.arguments} />
      {tool.result !== null && <Payload label="Answered" text={tool.result.output} />}
    </section>
  )
}

function Payload({ label, text }: { label: string; text: string }) {
  const shown = pretty(text)
  if (shown === '' || shown === '{}') return null
  if (text.length <= ONE_LINE)
    return (
      <div className="payload payload-line">
        <span className="payload-label">{label}</span>
        <code>{text}</code>
      </div>
    )
  return (
    <details className="payload" open={text.length <= SHORT}>
      <summary>
        <span className="payload-label">{label}</span>
        <code className="payload-first">{text.slice(0, 80)}…</code>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <pre tabIndex={0}>{shown}</pre>
    </details>
  )
}
