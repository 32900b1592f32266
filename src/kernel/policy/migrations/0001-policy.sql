-- Every policy set that ever decided, by the digest of its snapshot.
create table policy_snapshot (
  revision text primary key,
  snapshot text not null,
  -- what stays the same of each rule in every decision: title, controls, who mends it
  words jsonb not null,
  activated_at timestamptz not null,
  record_id uuid not null
);

-- What the rules answered, once for each different set of answers: most changes of a history have the same.
create table decision_answers (
  digest text primary key,
  rules jsonb not null
);

-- One row for each answered question. The facts are not here: they are sealed into the payload store, under keys that can be erased.
create table decision (
  id text primary key,
  gate text not null,
  result text not null,
  decision text not null,
  enforced boolean not null,
  mode text not null,
  decided_at timestamptz not null,
  policy_revision text not null references policy_snapshot (revision),
  facts_digest text not null,
  verdict_digest text not null,
  -- `type:id` of what was decided about
  targets text[] not null,
  answers_digest text not null references decision_answers (digest),
  authorized jsonb not null,
  errors jsonb not null,
  record_id uuid not null
);
create index decision_newest on decision (decided_at desc, id desc);
create index decision_targets on decision using gin (targets);
