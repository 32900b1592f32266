-- Packs that the organization wrote, and built-in ones that it replaced or gave an owner.
create table policy_pack (
  id text primary key,
  title text not null,
  category text not null,
  owner text not null,
  review_by date,
  -- in force everywhere; null where the built-in pack of this id is, or none
  active_version_id text,
  created_at timestamptz not null
);

-- A draft changes; from its publication on nothing of it does but its state.
create table policy_version (
  id text primary key,
  pack_id text not null references policy_pack (id),
  version text not null,
  state text not null check (state in ('draft', 'published', 'retired')),
  text text not null,
  tests text not null,
  -- of pack and tests in canonical form: what steps and reviews are about
  digest text not null,
  -- everybody who wrote some of it: none of them reviews it
  authors text[] not null,
  source text not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  published_at timestamptz,
  -- DSSE
  envelope jsonb,
  unique (pack_id, version)
);
alter table policy_pack add foreign key (active_version_id) references policy_version (id);

-- What was done to exactly one text of a version, and by whom.
create table policy_step (
  id text primary key,
  -- the order in which they were done: steps of a version wait for each other
  place bigint generated always as identity,
  version_id text not null references policy_version (id),
  digest text not null,
  kind text not null,
  outcome text not null,
  by_id text not null,
  at timestamptz not null,
  detail jsonb not null,
  record_id uuid not null
);
create index policy_step_of on policy_step (version_id, place);

create table policy_rollout (
  id text primary key,
  pack_id text not null references policy_pack (id),
  version_id text not null references policy_version (id),
  -- what was in force before, and is again when it is rolled back
  previous_version_id text references policy_version (id),
  state text not null check (state in ('running', 'active', 'superseded', 'rolled_back')),
  stages jsonb not null,
  -- from 0
  stage integer not null,
  stage_since timestamptz not null,
  started_by text not null,
  started_at timestamptz not null,
  ended_at timestamptz
);
create unique index policy_rollout_running on policy_rollout (pack_id) where state = 'running';
create unique index policy_rollout_active on policy_rollout (pack_id) where state = 'active';
create index policy_rollout_newest on policy_rollout (started_at desc, id desc);

-- What a version that is being rolled out would say, or said, otherwise than the rules without it; one row for each decision.
create table policy_trial (
  rollout_id text not null references policy_rollout (id),
  stage integer not null,
  decision_id text not null,
  flip text not null,
  is_error boolean not null,
  at timestamptz not null,
  primary key (rollout_id, stage, decision_id)
);
create index policy_trial_flip on policy_trial (rollout_id, stage) where flip in ('to_deny', 'to_allow');
create index policy_trial_error on policy_trial (rollout_id, stage) where is_error;

alter table decision add column candidates jsonb;

-- found by the words of what rules said; cut, because an index takes only so much of one text
create index decision_answers_words on decision_answers
  using gin (to_tsvector('simple', left(jsonb_path_query_array(rules, '$[*].message')::text, 200000)));
create index decision_answers_rules on decision_answers using gin (rules jsonb_path_ops);
create index decision_by_answers on decision (answers_digest);
