/**
 * Rows of calls. Indexes of sort keys leave live calls out: their keys change with every event, and an index would be
 * written each time. Lists sorted by such a key look at the few live calls apart.
 */
import type { Migration } from './migration.ts'

const SORT_INDEXES = ['duration_ms', 'cost_sort', 'strain', 'reply_sort', 'turns', 'interruptions']
  .map((key) => `create index calls_by_${key} on calls (${key}, call_id) where ended_at is not null;`)
  .join('\n    ')

const INDEXES = `
    create index calls_by_start on calls (started_at, call_id);
    create index calls_of_agent on calls (agent, started_at);
    create index calls_of_caller on calls (caller_reversed, started_at);
    create index calls_by_end on calls (ended_at, agent) where ended_at is not null;
    create index calls_live on calls (started_at, call_id) where ended_at is null;
    ${SORT_INDEXES}
    create index call_words_live on call_words (call_no) where live = 1;
    create index tool_calls_by_name on tool_calls (name, call_no);
    create index call_tags_by_tag on call_tags (tag, call_id);
    create index reviews_by_assignee on reviews (assignee);
    create index notes_of_call on notes (call_id, created_at);`

/** So many lines of a call are in SQLite's index, under numbers that begin with the call's. */
export const INDEXED_LINES = 4096

/** The lines of a row of call_words, numbered; there is nothing in them that JSON would have to escape. */
function linesOf(row: 'old' | 'new'): string {
  const json = `'["' || replace(${row}.words, char(10), '","') || '"]'`
  return `select ${row}.call_no * ${INDEXED_LINES} + key as line_no, value as line from json_each(${json}) where key < ${INDEXED_LINES}`
}

export const CALL_TABLES: Migration = {
  name: '2-calls',
  foldsAgain: true,
  sqlite: `
    create table calls (
      call_no integer primary key, call_id text not null unique, last_seq integer not null,
      started_at real not null, ended_at real, agent text not null, agent_version text not null,
      outcome text, end_reason text, end_family text, end_fault text,
      caller text not null, caller_reversed text not null, called text not null, duration_ms real not null,
      turns integer not null, interruptions integer not null, agent_interruptions integer not null,
      caller_spoke_ms real not null, caller_heard_ms real not null, unheard_speech integer not null,
      silences integer not null, dead_air_ms real not null, replies integer not null,
      reply_p50_ms real, reply_p95_ms real, reply_sort real not null,
      tool_calls integer not null, tools_failed integer not null, tools_unknown integer not null,
      asked_for_person integer not null, over_budget integer not null, slow integer not null,
      strain integer not null, troubles integer not null, cost_usd real, cost_sort real not null,
      recording text not null, recording_set text, repeat_call integer not null,
      carrier text not null, carrier_call_id text not null, provider text not null, model text not null,
      end_detail text not null, destination text
    ) strict;
    create table turns (
      call_no integer not null, line_no integer not null, by_caller integer not null, at_ms real not null,
      end_ms real not null, heard_text text not null, unheard_text text not null, interrupted integer not null,
      reply_ms real, turn_end_ms real, model_ms real, send_ms real, line_ms real, primary key (call_no, line_no)
    ) strict, without rowid;
    create table call_words (
      call_no integer primary key, words text not null, live integer not null
    ) strict;
    create virtual table call_words_index using fts5 (
      words, content='', columnsize=0, tokenize='ascii', detail='none', prefix='1 2 3'
    );
    insert into call_words_index (call_words_index, rank) values ('secure-delete', 1);
    create trigger call_words_added after insert on call_words when new.live = 0 begin
      insert into call_words_index (rowid, words) ${linesOf('new')};
    end;
    create trigger call_words_changed_from after update on call_words when old.live = 0 begin
      insert into call_words_index (call_words_index, rowid, words) select 'delete', line_no, line from (${linesOf('old')});
    end;
    create trigger call_words_changed_to after update on call_words when new.live = 0 begin
      insert into call_words_index (rowid, words) ${linesOf('new')};
    end;
    create trigger call_words_removed after delete on call_words when old.live = 0 begin
      insert into call_words_index (call_words_index, rowid, words) select 'delete', line_no, line from (${linesOf('old')});
    end;
    create table tool_calls (
      call_no integer not null, tool_no integer not null, tool_call_id text not null, name text not null,
      at_ms real not null, status text, took_ms real, primary key (call_no, tool_no)
    ) strict, without rowid;
    create table usage (
      call_no integer primary key, input_text integer not null, input_text_cached integer not null,
      input_audio integer not null, input_audio_cached integer not null, input_image integer not null,
      input_image_cached integer not null, output_text integer not null, output_audio integer not null
    ) strict;
    create table forgotten (
      call_id text not null primary key, at real not null, marks text not null
    ) strict, without rowid;
    create table figures (
      span_ms integer not null, at real not null, agent text not null, version text not null, sums text not null,
      primary key (span_ms, at, agent, version)
    ) strict, without rowid;
    create table stale_figures (at real not null primary key, changes integer not null) strict, without rowid;
    create table reviews (
      call_id text not null primary key, rating integer, assignee text, reviewed_at real, reviewed_by text
    ) strict, without rowid;
    create table call_tags (
      call_id text not null, tag text not null, primary key (call_id, tag)
    ) strict, without rowid;
    create table notes (
      note_id text not null primary key, call_id text not null, at_ms real, text text not null, author text not null,
      created_at real not null
    ) strict, without rowid;
    ${INDEXES}`,
  postgres: `
    create table calls (
      call_no bigint generated by default as identity primary key, call_id text collate "C" not null unique,
      last_seq integer not null, started_at double precision not null, ended_at double precision,
      agent text collate "C" not null, agent_version text collate "C" not null,
      outcome text, end_reason text, end_family text, end_fault text,
      caller text collate "C" not null, caller_reversed text collate "C" not null, called text collate "C" not null,
      duration_ms double precision not null,
      turns integer not null, interruptions integer not null, agent_interruptions integer not null,
      caller_spoke_ms double precision not null, caller_heard_ms double precision not null,
      unheard_speech integer not null, silences integer not null, dead_air_ms double precision not null,
      replies integer not null, reply_p50_ms double precision, reply_p95_ms double precision,
      reply_sort double precision not null,
      tool_calls integer not null, tools_failed integer not null, tools_unknown integer not null,
      asked_for_person integer not null, over_budget integer not null, slow integer not null,
      strain integer not null, troubles integer not null, cost_usd double precision, cost_sort double precision not null,
      recording text not null, recording_set text, repeat_call integer not null,
      carrier text not null, carrier_call_id text not null, provider text not null, model text not null,
      end_detail text not null, destination text
    );
    create table turns (
      call_no bigint not null, line_no integer not null, by_caller integer not null, at_ms double precision not null,
      end_ms double precision not null, heard_text text not null, unheard_text text not null,
      interrupted integer not null, reply_ms double precision, turn_end_ms double precision,
      model_ms double precision, send_ms double precision, line_ms double precision, primary key (call_no, line_no)
    );
    create table call_words (
      call_no bigint not null primary key, words text collate "C" not null, live integer not null,
      vector tsvector generated always as (
        array_to_tsvector(array_remove(string_to_array(translate(words, E'\\n', ' '), ' '), ''))
      ) stored
    );
    create index call_words_vector on call_words using gin (vector);
    create table tool_calls (
      call_no bigint not null, tool_no integer not null, tool_call_id text not null, name text collate "C" not null,
      at_ms double precision not null, status text, took_ms double precision, primary key (call_no, tool_no)
    );
    create table usage (
      call_no bigint not null primary key, input_text bigint not null, input_text_cached bigint not null,
      input_audio bigint not null, input_audio_cached bigint not null, input_image bigint not null,
      input_image_cached bigint not null, output_text bigint not null, output_audio bigint not null
    );
    create table forgotten (
      call_id text collate "C" not null primary key, at double precision not null, marks text not null
    );
    create table figures (
      span_ms integer not null, at double precision not null, agent text collate "C" not null,
      version text collate "C" not null, sums text not null, primary key (span_ms, at, agent, version)
    );
    create table stale_figures (at double precision not null primary key, changes integer not null);
    create table reviews (
      call_id text collate "C" not null primary key, rating integer, assignee text collate "C",
      reviewed_at double precision, reviewed_by text
    );
    create table call_tags (
      call_id text collate "C" not null, tag text collate "C" not null, primary key (call_id, tag)
    );
    create table notes (
      note_id text collate "C" not null primary key, call_id text collate "C" not null, at_ms double precision,
      text text not null, author text not null, created_at double precision not null
    );
    ${INDEXES}`,
}
