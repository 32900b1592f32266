-- Packs of the changes of a period that somebody asked for. What was removed is told by the ledger.
create table period_pack (
  id text primary key,
  repository_id text not null,
  -- merged from then on, and before then; null is open
  period_from timestamptz,
  period_to timestamptz,
  people text not null check (people in ('omit', 'include')),
  asked_by text not null,
  asked_at timestamptz not null,
  -- why it could not be made
  problem text,
  made_at timestamptz,
  sha256 text,
  bytes bigint,
  headline text,
  changes integer,
  records integer,
  -- of the records in it, in the log
  first_index bigint,
  last_index bigint,
  tree_size bigint,
  record_id uuid,
  check (problem is null or made_at is null)
);
create index period_pack_newest on period_pack (asked_at desc, id desc);
create index period_pack_of_repository on period_pack (repository_id, asked_at desc, id desc);

create table period_pack_progress (
  pack_id text primary key references period_pack (id) on delete cascade,
  what text not null,
  done integer not null,
  total integer not null,
  updated_at timestamptz not null
);
comment on table period_pack_progress is 'technical: how far the making of a pack has come';
