-- Everything here is made from the published log and can be made again from it.
create table ledger_search (
  idx bigint not null,
  id uuid not null,
  at timestamptz not null,
  -- exact filters, one text each: `type:…`, `actor:…`, `target:<type>:<id>`, `data.<path>=<value>`
  tags text[] not null,
  words tsvector not null,
  -- with the sealed texts, while their key lives; null where there are none or they were erased
  all_words tsvector,
  primary key (idx)
) partition by range (idx);
comment on table ledger_search is 'technical: index over the published log, made by its follower';
create index on ledger_search (id);
-- a search reads the whole list of what is pending in a GIN index: keep it short
create index on ledger_search using gin (tags) with (gin_pending_list_limit = 256);
create index on ledger_search using gin (words) with (gin_pending_list_limit = 256);
create index on ledger_search using gin (all_words) with (gin_pending_list_limit = 256);
create index on ledger_search using brin (at) with (pages_per_range = 16, autosummarize = on);

-- Partitions of 2^18 records: 1024 full bundles. A search reads them from the newest to the oldest.
create function ledger_search_partition(number bigint) returns void language plpgsql as $$
declare name text := 'ledger_search_' || number;
begin
  if to_regclass(name) is not null then return; end if;
  execute format('create table %I partition of ledger_search for values from (%s) to (%s)', name, number << 18, (number + 1) << 18);
  execute format('comment on table %I is %L', name, 'technical: part of ledger_search');
  perform ledger_search_settle(number - 1);
end $$;

-- A partition that is full gets no more rows: its indexes are put in order once and stay so.
create function ledger_search_settle(number bigint) returns void language plpgsql as $$
declare one record;
begin
  for one in
    select i.indexrelid as id, m.amname as kind from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
    where i.indrelid = to_regclass('ledger_search_' || number)
  loop
    if one.kind = 'gin' then perform gin_clean_pending_list(one.id); end if;
    if one.kind = 'brin' then perform brin_summarize_new_values(one.id); end if;
  end loop;
end $$;

create table ledger_follower (
  name text primary key,
  next_index bigint not null default 0,
  updated_at timestamptz not null default now()
);
comment on table ledger_follower is 'technical: how far each reader of the published log has come';

create table ledger_dead_letter (
  follower text not null,
  idx bigint not null,
  reason text not null,
  at timestamptz not null default now(),
  primary key (follower, idx)
);
comment on table ledger_dead_letter is 'technical: published records that a follower could not read';

-- Reads of audit records of one session in one minute: the first is recorded at once, the others when the minute is over.
create table ledger_read_window (
  session_id text not null,
  ends_at timestamptz not null,
  organization_id text not null,
  actor jsonb not null,
  correlation_id text not null,
  -- reads after the first, each `{filter, query, count, first, last}`
  reads jsonb not null default '[]',
  primary key (session_id)
);
comment on table ledger_read_window is 'technical: reads that are still to be recorded in one summary';
create index ledger_read_window_end on ledger_read_window (ends_at);
