/** One call: heard, read, understood and judged. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Link, useSearch } from 'wouter'
import type { CallDetail } from '../../contract/calls.ts'
import { call, urlOf } from '../api/call.ts'
import { Badge } from '../parts/badge.tsx'
import { Trouble } from '../parts/empty.tsx'
import { Time } from '../parts/figures.tsx'
import { Icon } from '../parts/icon.tsx'
import { Menu } from '../parts/menu.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { useKeys } from '../shell/keys.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import { OUTCOME_MEANS, OUTCOME_TONES, OUTCOME_WORDS } from '../words/call-words.ts'
import { phoneNumber } from '../words/format.ts'
import './call.css'
import { callKey } from './call-query.ts'
import { silentBecause } from './call-words.ts'
import { CostPanel } from './cost-panel.tsx'
import { EndPanel } from './end-panel.tsx'
import { EraseDialog } from './erase-dialog.tsx'
import { EventsDialog } from './events-dialog.tsx'
import { FactsPanel } from './facts-panel.tsx'
import { layLanes } from './lanes.ts'
import { LanesLegend } from './lanes-legend.tsx'
import { LanesView } from './lanes-view.tsx'
import { NotesPanel } from './notes-panel.tsx'
import { Playhead } from './playhead.ts'
import { ReviewPanel } from './review-panel.tsx'
import { ShareDialog } from './share-dialog.tsx'
import { nextSpeed } from './speeds.ts'
import { tellStory, turnAt } from './story.ts'
import { Transcript } from './transcript.tsx'
import { Clock, Transport } from './transport.tsx'
import { VersionDialog } from './version-dialog.tsx'

const LIVE_AGAIN_MS = 4000

export function CallPage({ callId }: { callId: string }) {
  const detail = useQuery({
    queryKey: callKey(callId),
    queryFn: () => call('openCall', { params: { callId } }),
    // What a live call said so far grows; the words as they are spoken are on its live page.
    refetchInterval: ({ state }) => (isGrowing(state.data) ? LIVE_AGAIN_MS : false),
  })
  if (detail.data !== undefined) return <OpenCall callId={callId} detail={detail.data} />
  return (
    <Page title="Call">
      {detail.isError ? <Trouble error={detail.error} onRetry={() => void detail.refetch()} /> : <Skeleton lines={8} />}
    </Page>
  )
}

function OpenCall({ callId, detail }: { callId: string; detail: CallDetail }) {
  const { call: row, lines, notes, review, recording } = detail
  const { may } = useSession()
  const manager = may('manager')
  const audible = manager && recording !== null
  const durationMs = Math.max(row.durationMs, recording?.durationMs ?? 0)
  const lanes = useMemo(() => layLanes(lines, row.durationMs), [lines, row.durationMs])
  const entries = useMemo(
    () => tellStory(lines, row.endedAt === null ? null : row.durationMs),
    [lines, row.endedAt, row.durationMs],
  )
  const turns = useMemo(() => entries.filter((entry) => entry.kind === 'turn'), [entries])
  const head = usePlayhead(audible ? urlOf('hearRecording', { params: { callId } }) : null, durationMs, lanes.silences)
  const noteField = useRef<HTMLTextAreaElement>(null)
  const [open, setOpen] = useState<'events' | 'share' | 'erase' | 'version' | null>(null)
  const close = (): void => setOpen(null)
  const step = (by: 1 | -1): void => {
    const at = turnAt(turns, head.timeMs)
    const turn = turns[Math.min(turns.length - 1, Math.max(0, at + by))]
    if (turn === undefined) return
    head.seek(turn.line.atMs)
    document.querySelector(`[data-turn="${CSS.escape(turn.key)}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  useKeys('Call', [
    ...(audible
      ? [
          { key: 'Space', does: 'Play or pause', run: () => head.toggle() },
          { key: ']', does: 'Faster', run: () => head.setSpeed(nextSpeed(head.state.speed, 1)) },
          { key: '[', does: 'Slower', run: () => head.setSpeed(nextSpeed(head.state.speed, -1)) },
          { key: 's', does: 'Skip silences, or not', run: () => head.skipSilence(!head.state.skipsSilence) },
        ]
      : []),
    { key: 'j', does: 'Next turn', run: () => step(1) },
    { key: 'k', does: 'Turn before', run: () => step(-1) },
    { key: 'ArrowRight', does: 'On by 5 seconds', run: () => head.seek(head.timeMs + 5000) },
    { key: 'ArrowLeft', does: 'Back by 5 seconds', run: () => head.seek(head.timeMs - 5000) },
    ...(manager
      ? [
          {
            key: 'n',
            does: 'Write a note at the play head',
            run: () => noteField.current?.focus({ preventScroll: false }),
          },
        ]
      : []),
  ])
  const silent = silentBecause(row.recording, {
    listen: manager,
    has: recording !== null,
    over: row.endedAt !== null,
  })
  return (
    <Page
      title={`${phoneNumber(row.from) || 'Unknown caller'} to ${row.agent}`}
      beside={
        <>
          {row.outcome === null ? (
            <Badge tone="accent">Live</Badge>
          ) : (
            <Badge tone={OUTCOME_TONES[row.outcome]} title={OUTCOME_MEANS[row.outcome]}>
              {OUTCOME_WORDS[row.outcome]}
            </Badge>
          )}
          <span className="muted">
            <Time at={row.startedAt} />
          </span>
        </>
      }
      actions={
        <>
          {row.endedAt === null && (
            <Link href={`/live/${callId}`} className="button button-main">
              <Icon name="live" />
              Watch it live
            </Link>
          )}
          {manager && (
            <>
              <button type="button" className="button" onClick={() => setOpen('share')}>
                <Icon name="link" />
                Share
              </button>
              <button type="button" className="button" onClick={() => setOpen('events')}>
                Events
              </button>
              <Menu label="More" icon="more" align="end">
                {(shut) => (
                  <>
                    {(['jsonl', 'csv'] as const).map((format) => (
                      <a key={format} className="menu-item" href={exportUrl(detail, format)} download onClick={shut}>
                        Export as {format.toUpperCase()}
                        <Icon name="download" />
                      </a>
                    ))}
                    {may('admin') && row.endedAt !== null && (
                      <button
                        type="button"
                        className="menu-item tone-bad"
                        onClick={() => {
                          shut()
                          setOpen('erase')
                        }}
                      >
                        Erase…
                      </button>
                    )}
                  </>
                )}
              </Menu>
            </>
          )}
        </>
      }
    >
      <EndPanel call={row} />
      <section className="panel player" aria-label="Recording">
        <LanesView callId={callId} lanes={lanes} notes={notes} durationMs={durationMs} head={head} drawn={audible} />
        <div className="player-foot">
          {audible ? <Transport head={head} durationMs={durationMs} /> : <Clock head={head} durationMs={durationMs} />}
          {silent !== null && <p className="muted player-silent">{silent}</p>}
          <LanesLegend lanes={lanes} notes={notes.some(({ atMs }) => atMs !== null)} />
        </div>
      </section>
      <div className="call-columns">
        <Transcript entries={entries} turns={turns} head={head} />
        <div className="call-side">
          <ReviewPanel callId={callId} review={review} />
          <NotesPanel callId={callId} notes={notes} head={head} field={noteField} />
          <FactsPanel call={row} onVersion={() => setOpen('version')} />
          <CostPanel detail={detail} />
        </div>
      </div>
      {open === 'events' && <EventsDialog callId={callId} onClose={close} />}
      {open === 'share' && <ShareDialog callId={callId} atMs={head.timeMs} onClose={close} />}
      {open === 'erase' && <EraseDialog callId={callId} onClose={close} />}
      {open === 'version' && <VersionDialog agent={row.agent} version={row.agentVersion} onClose={close} />}
    </Page>
  )
}

/** There is more to come: words, or the sound. */
function isGrowing(detail: CallDetail | undefined): boolean {
  return detail !== undefined && (detail.call.endedAt === null || detail.call.recording === 'live')
}

/** One for as long as the same call is shown; it opens where the address says. */
function usePlayhead(
  url: string | null,
  durationMs: number,
  silences: ReturnType<typeof layLanes>['silences'],
): Playhead {
  const search = useSearch()
  const askedMs = Number(new URLSearchParams(search).get('at') ?? 0)
  const [head, setHead] = useState(() => new Playhead(null, 0, durationMs, silences))
  const [start] = useState(() => (Number.isFinite(askedMs) ? askedMs : 0))
  const place = useRef(start)
  useEffect(() => {
    const made = new Playhead(url, place.current, durationMs, silences)
    setHead(made)
    return () => {
      place.current = made.timeMs
      made.close()
    }
  }, [url, durationMs, silences])
  // A link into the page that is open already.
  useEffect(() => {
    if (askedMs > 0 && Number.isFinite(askedMs)) head.seek(askedMs)
  }, [askedMs, head])
  return head
}

/** The list's export of just this call: hardly another of its agent began in the same millisecond. */
function exportUrl({ call: row }: CallDetail, format: 'csv' | 'jsonl'): string {
  const query = { format, from: row.startedAt, to: row.startedAt + 1, agents: [row.agent] }
  return urlOf('exportCalls', { query })
}
