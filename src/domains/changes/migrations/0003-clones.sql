-- Repositories that the server fetches itself, into bare mirrors of its own.
create table repository_clone (
  id text primary key,
  -- without a password; shown to those who may read repositories
  url text not null unique,
  folder text not null unique,
  requested_at timestamptz not null,
  -- what the last fetch ended with
  problem text
);

create table clone_progress (
  clone_id text primary key,
  phase text not null,
  -- of the phase, 0 to 1
  part double precision,
  bytes bigint not null,
  updated_at timestamptz not null
);
comment on table clone_progress is 'technical: how far a fetch has come';
