-- What a person was granted to use, where and until when. Its state follows from these times and from AI-free periods.
create table ai_grant (
  id text primary key,
  user_id text not null references access_user (id),
  tool text not null,
  -- as it counted when the grant was issued
  tier text not null,
  purpose text not null,
  repository_id text,
  -- the team in which roles counted: that of the repository, or the one that was named
  team_id text,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  extended_at timestamptz,
  -- given back by its holder, or ended with all access of theirs
  ended_at timestamptz,
  end_cause text check (end_cause in ('revoked', 'access-ended')),
  rescinded_at timestamptz,
  rescinded_by text references access_user (id),
  rescind_reason text,
  restored_at timestamptz,
  restored_by text references access_user (id),
  check (expires_at > issued_at),
  check ((ended_at is null) = (end_cause is null)),
  check ((rescinded_at is null) = (rescinded_by is null))
);
create index ai_grant_newest on ai_grant (issued_at desc, id desc);
create index ai_grant_of on ai_grant (user_id, tool, expires_at desc);

-- How grants are issued: versions of one document, each proposed by one person and approved by another.
create table ai_grant_settings (
  id text primary key,
  -- canonical JSON of what is in force once this is approved
  body text not null,
  -- the version that the proposer saw
  replaces integer not null,
  digest text not null,
  reason text not null,
  proposer text not null references access_user (id),
  proposed_at timestamptz not null,
  state text not null check (state in ('proposed', 'approved', 'rejected', 'withdrawn')),
  decided_by text references access_user (id),
  decided_at timestamptz,
  -- only of those that were approved; the highest is in force
  version integer unique check (version > 0),
  check ((state = 'approved') = (version is not null))
);
create index ai_grant_settings_newest on ai_grant_settings (proposed_at desc, id desc);

-- Time in which a team or a person works without AI tools.
create table ai_free_period (
  id text primary key,
  team_id text,
  user_id text references access_user (id),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  reason text not null,
  planned_by text not null references access_user (id),
  planned_at timestamptz not null,
  cancelled_at timestamptz,
  cancelled_by text references access_user (id),
  cancel_reason text,
  -- when its start and its end were recorded
  start_recorded_at timestamptz,
  end_recorded_at timestamptz,
  check ((team_id is null) <> (user_id is null)),
  check (ends_at > starts_at)
);
create index ai_free_period_by_start on ai_free_period (starts_at, id);
create index ai_free_period_of_team on ai_free_period (team_id, ends_at) where cancelled_at is null;
create index ai_free_period_of_person on ai_free_period (user_id, ends_at) where cancelled_at is null;
