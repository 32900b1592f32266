-- What the risk of a change was found to be, each time something that it rests on had changed; never updated.
create table risk_assessment (
  id text primary key,
  change_id text not null references change (id),
  repository_id text not null references repository (id),
  -- 1 for the first of the change; the newest has the highest
  number integer not null,
  assessed_at timestamptz not null,
  -- digest of everything that it rests on
  inputs text not null,
  score_hundredths integer not null,
  level text not null,
  detail jsonb not null,
  record_id uuid not null,
  unique (change_id, number)
);
