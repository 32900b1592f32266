-- One row a repository: the newest report and pack. Earlier ones are records of the ledger.
create table pack (
  repository_id text primary key,
  made_at timestamptz not null,
  tree_size bigint not null,
  sha256 text not null,
  bytes bigint not null,
  headline text not null,
  record_id uuid not null
);
