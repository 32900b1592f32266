-- Pipelines that get tokens of minutes for the tokens of their own: which ones, and what they may do. A trust never changes; it is
-- removed, and another one made.
create table access_ci_trust (
  user_id text primary key references access_user (id),
  name text not null,
  provider text not null check (provider in ('github-actions', 'gitlab-ci')),
  issuer text not null,
  audience text not null,
  repository text not null,
  ref_pattern text not null,
  workflow_pattern text not null,
  -- null where the pipeline need not name one
  environment text,
  scopes text[] not null,
  created_at timestamptz not null
);
create index access_ci_trust_issuer on access_ci_trust (issuer);
