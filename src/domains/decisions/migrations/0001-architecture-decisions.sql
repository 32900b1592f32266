-- What somebody asked to be decided about AI in the design of their software, and what a tech lead answered.
create table architecture_decision (
  id text primary key,
  title text not null,
  scope text not null,
  body text,
  link text,
  team_id text not null,
  -- empty: every repository of the team
  repositories text[] not null,
  valid_until timestamptz not null,
  -- approved earlier; replaced when this is approved
  supersedes text references architecture_decision (id),
  -- of all of the above and the id, in canonical form
  digest text not null,
  requester text not null references access_user (id),
  requested_at timestamptz not null,
  state text not null check (state in ('requested', 'approved', 'rejected', 'withdrawn')),
  decided_by text references access_user (id),
  decided_at timestamptz,
  -- of an approval; of a rejection, what would have to change
  conditions text,
  superseded_by text references architecture_decision (id),
  superseded_at timestamptz,
  check (body is not null or link is not null)
);
create index architecture_decision_newest on architecture_decision (requested_at desc, id desc);
