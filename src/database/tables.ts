/**
 * The tables, as kysely must know them. migrations.ts makes them.
 *
 * Both engines give the same JavaScript values: text as strings, every number (counts and sums as well) as a number, yes
 * and no as 1 and 0. Times are ms since 1970 where they end in `at`, call time where they end in `_ms`. Text sorts by its
 * bytes. Text never holds a NUL or half a surrogate pair: Postgres takes neither.
 */
import type { Generated } from 'kysely'

export interface Tables {
  migrations: MigrationsTable
  events: EventsTable
  agent_versions: AgentVersionsTable
  running_agents: RunningAgentsTable
  calls: CallsTable
  turns: TurnsTable
  call_words: CallWordsTable
  tool_calls: ToolCallsTable
  usage: UsageTable
  forgotten: ForgottenTable
  figures: FiguresTable
  stale_figures: StaleFiguresTable
  reviews: ReviewsTable
  call_tags: CallTagsTable
  notes: NotesTable
  users: UsersTable
  sessions: SessionsTable
  links: LinksTable
  api_keys: ApiKeysTable
  audit: AuditTable
  views: ViewsTable
  shares: SharesTable
  outbox: OutboxTable
}

type YesNo = 0 | 1

interface MigrationsTable {
  name: string
  at: number
}

interface EventsTable {
  call_id: string
  seq: number
  v: number
  at: number
  at_ms: number
  type: string
  /** JSON */
  body: string
}

interface AgentVersionsTable {
  name: string
  version: string
  text: string
  kept_at: number
}

interface RunningAgentsTable {
  name: string
  version: string
  since: number
}

/** One row a call, folded from its events; while `ended_at` is null the call is live. */
export interface CallsTable {
  /** What the rows of a call are tied together with: shorter than its id, and what full-text search counts by. */
  call_no: Generated<number>
  call_id: string
  /** Of the last event that was folded in. */
  last_seq: number
  started_at: number
  ended_at: number | null
  agent: string
  agent_version: string
  outcome: string | null
  end_reason: string | null
  end_family: string | null
  end_fault: string | null
  caller: string
  /** The caller's number backwards: calls are found by the end of it. */
  caller_reversed: string
  called: string
  duration_ms: number
  turns: number
  interruptions: number
  agent_interruptions: number
  caller_spoke_ms: number
  caller_heard_ms: number
  unheard_speech: YesNo
  silences: number
  dead_air_ms: number
  replies: number
  reply_p50_ms: number | null
  reply_p95_ms: number | null
  /** For sorting alike in both engines: `reply_p95_ms`, or -1. */
  reply_sort: number
  tool_calls: number
  tools_failed: number
  tools_unknown: number
  asked_for_person: YesNo
  over_budget: YesNo
  slow: YesNo
  strain: number
  troubles: number
  cost_usd: number | null
  /** `cost_usd`, or -1. */
  cost_sort: number
  /** As the events tell it. */
  recording: string
  /** What became of the recording afterwards; it goes before `recording`, and outlives folding again. */
  recording_set: string | null
  /** The caller had called within the 24 h before. */
  repeat_call: YesNo
  carrier: string
  carrier_call_id: string
  provider: string
  model: string
  end_detail: string
  destination: string | null
}

/** One spoken line, in the order in which the lines were written down, from 0. */
export interface TurnsTable {
  call_no: number
  line_no: number
  by_caller: YesNo
  at_ms: number
  end_ms: number
  /** All of a caller's line; of the agent's, what was heard. */
  heard_text: string
  unheard_text: string
  interrupted: YesNo
  /** On the first line of a timed reply; the parts as in transcript.ts, Latency. */
  reply_ms: number | null
  turn_end_ms: number | null
  model_ms: number | null
  send_ms: number | null
  line_ms: number | null
}

/**
 * What search looks in: the words of a call's lines, as search-words.ts makes them, each line of the call a line of the text,
 * with a space before and after every word.
 */
export interface CallWordsTable {
  call_no: number
  words: string
  /** The words of a live call change often: full-text search leaves it out, and looks at it word by word. */
  live: YesNo
}

export interface ToolCallsTable {
  call_no: number
  tool_no: number
  tool_call_id: string
  name: string
  at_ms: number
  /** Null while it runs, and when the call ended before it did. */
  status: string | null
  took_ms: number | null
}

export interface UsageTable {
  call_no: number
  input_text: number
  input_text_cached: number
  input_audio: number
  input_audio_cached: number
  input_image: number
  input_image_cached: number
  output_text: number
  output_audio: number
}

/** Calls whose words were taken out, and what was known from the words (fold-call.ts, WordMarks), as JSON. */
interface ForgottenTable {
  call_id: string
  at: number
  marks: string
}

/** Figures over the ended calls of one agent's version that began in a quarter of an hour, or in an hour. */
interface FiguresTable {
  span_ms: number
  at: number
  agent: string
  version: string
  /** JSON (figure-sums.ts) */
  sums: string
}

/** Hours of which the figures must be counted again: a call in it ended, changed or was erased. */
interface StaleFiguresTable {
  at: number
  /** How often since they were counted: what changes while they are being counted makes them stale again. */
  changes: number
}

export interface ReviewsTable {
  call_id: string
  rating: number | null
  assignee: string | null
  reviewed_at: number | null
  reviewed_by: string | null
}

interface CallTagsTable {
  call_id: string
  tag: string
}

interface NotesTable {
  note_id: string
  call_id: string
  at_ms: number | null
  text: string
  author: string
  created_at: number
}

export interface UsersTable {
  user_id: string
  /** Lower case. */
  email: string
  name: string
  role: 'viewer' | 'manager' | 'admin'
  password_hash: string | null
  oidc_subject: string | null
  created_at: number
  last_seen_at: number | null
  disabled: YesNo
}

interface SessionsTable {
  token_hash: string
  user_id: string
  created_at: number
  last_used_at: number
  expires_at: number
  /** The browser, as it calls itself. */
  agent: string
}

interface LinksTable {
  token_hash: string
  purpose: string
  user_id: string | null
  expires_at: number
}

export interface ApiKeysTable {
  key_id: string
  name: string
  role: 'viewer' | 'manager' | 'admin'
  secret_hash: string
  hint: string
  created_at: number
  created_by: string
  last_used_at: number | null
}

export interface AuditTable {
  entry_id: string
  at: number
  who: string
  action: string
  target: string
  detail: string
  ok: YesNo
}

interface ViewsTable {
  user_id: string
  name: string
  view_id: string
  query: string
}

interface SharesTable {
  token_hash: string
  call_id: string
  at_ms: number | null
  created_by: string
  expires_at: number
}

interface OutboxTable {
  message_id: string
  call_id: string
  agent: string
  url: string
  body: string
  created_at: number
  next_at: number
  attempts: number
  state: string
  last_error: string | null
}
