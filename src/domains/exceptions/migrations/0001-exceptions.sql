-- Departures from a rule of a gate: asked for by one person, approved by another, and over at a time.
create table exception (
  id text primary key,
  -- RFC 8785 JSON of what was asked for; its SHA-256 is what an approval is about
  proposal text not null,
  digest text not null,
  rule_id text not null,
  category text not null,
  repository_id text not null,
  -- of the one finding that it is for; null for the whole rule
  fingerprint text,
  requester text not null,
  owner_id text not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null check (state in ('asked', 'approved', 'rejected', 'revoked', 'ended')),
  decided_by text,
  decided_at timestamptz,
  ended_by text,
  ended_at timestamptz,
  -- why it was revoked
  end_reason text,
  -- the exception that this one renews
  renews text references exception (id),
  -- of its last warning: how many days before its end
  warned_days int,
  uses bigint not null default 0,
  last_used_at timestamptz
);
create index exception_of_repository on exception (repository_id, state, expires_at);
create index exception_newest on exception (asked_at, id);
create index exception_ending on exception (expires_at, id);
create index exception_most_used on exception (uses, id);
create index exception_renewed on exception (renews) where renews is not null;

-- Each decision in which an exception stood for a rule.
create table exception_use (
  exception_id text not null references exception (id),
  decision_id text not null,
  -- `type:id` of what was decided about: a change or a commit
  target text not null,
  used_at timestamptz not null,
  primary key (exception_id, decision_id)
);
create index exception_use_newest on exception_use (exception_id, used_at, decision_id);
