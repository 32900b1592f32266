create table repository (
  id text primary key,
  -- where it lies on this machine; shown to those who may read repositories, never in a leaf of the ledger
  path text not null unique,
  name text not null,
  branch text,
  head_oid text,
  object_format text,
  is_shallow boolean not null default false,
  added_at timestamptz not null,
  imported_at timestamptz,
  -- what the last import ended with, for the person who asks why nothing is there
  problem text
);

create table change (
  id text primary key,
  repository_id text not null references repository (id),
  -- order of the first-parent chain, oldest first
  position bigint not null,
  head_oid text not null,
  title text not null,
  merged_at timestamptz not null,
  author_name text not null,
  lines_counted bigint not null,
  lines_attested bigint not null,
  lines_declared bigint not null,
  detail jsonb not null,
  files jsonb not null,
  record_id uuid not null,
  unique (repository_id, position)
);
create index change_newest on change (repository_id, merged_at desc, position desc, id desc);
create index change_all_newest on change (merged_at desc, position desc, id desc);

-- How far an import has come, for whoever waits; derived from the changes that are there.
create table import_progress (
  repository_id text primary key,
  changes bigint not null,
  updated_at timestamptz not null
);
comment on table import_progress is 'technical: how far an import has come; derived from change';
