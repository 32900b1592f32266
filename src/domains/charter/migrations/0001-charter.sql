-- The charter: what was proposed, and what of it is or was in force. The newest number is in force.
create table charter_version (
  id text primary key,
  -- given when it is adopted
  number integer unique check (number > 0),
  -- canonical JSON; the digest is of exactly this text
  document text not null,
  digest text not null,
  state text not null check (state in ('proposed', 'adopted', 'rejected', 'withdrawn')),
  -- a user, or the service that shipped the first one
  proposer text not null,
  -- what the proposer says of it; the record commits to it
  reason text,
  proposed_at timestamptz not null,
  decided_at timestamptz,
  check ((state = 'adopted') = (number is not null)),
  check ((state = 'proposed') = (decided_at is null))
);
-- one at a time: what is approved is always a change of what is in force
create unique index charter_version_open on charter_version (state) where state = 'proposed';
create index charter_version_newest on charter_version (proposed_at desc, id desc);

create table charter_acknowledgement (
  user_id text not null,
  number integer not null references charter_version (number),
  acknowledged_at timestamptz not null,
  record_id uuid not null,
  primary key (user_id, number)
);

-- How long people have to acknowledge a version; the newest row holds.
create table charter_grace (
  seq bigint generated always as identity primary key,
  days integer not null check (days between 0 and 365),
  set_by text not null,
  set_at timestamptz not null
);

create table charter_reminder (
  user_id text not null,
  number integer not null references charter_version (number),
  stage text not null check (stage in ('half', 'end')),
  reminded_at timestamptz not null,
  primary key (user_id, number, stage)
);
