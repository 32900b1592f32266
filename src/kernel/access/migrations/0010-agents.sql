-- Agents: users of their own kind, each with a person who answers for it. What it may do is bounded by what that person may.
create table access_agent (
  user_id text primary key references access_user (id),
  name text not null,
  purpose text not null,
  autonomy text not null check (autonomy in ('suggest', 'act-with-approval', 'act-in-sandbox')),
  tools text[] not null,
  scopes text[] not null,
  sponsor_user_id text not null references access_user (id),
  -- to whom the sponsor, or who administers agents, wants to hand it over; nothing changes before that person accepts
  handover_user_id text references access_user (id),
  -- JWK with which it signs its own assertions
  public_key jsonb,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  suspended_at timestamptz,
  suspended_why text check (suspended_why in ('by-sponsor', 'by-others', 'sponsor-left')),
  retired_at timestamptz,
  check ((suspended_at is null) = (suspended_why is null))
);
create index access_agent_list on access_agent (created_at desc, user_id desc);
create index access_agent_sponsor on access_agent (sponsor_user_id);

alter table access_token drop constraint access_token_kind_check;
alter table access_token add constraint access_token_kind_check check (kind in ('api', 'session', 'link', 'scim', 'agent', 'sts'));

-- Tokens that were made from another proof of identity: whose they are, for whom, for what, and on what they depend.
create table access_exchanged (
  token_id text primary key references access_token (id),
  subject_user_id text not null references access_user (id),
  -- the person whom an agent acts for; null for whoever acts for themselves
  on_behalf_of text references access_user (id),
  -- who acts for the subject, the nearest first; empty when the subject acts
  actors text[] not null,
  -- everybody of these must be allowed to act
  parties text[] not null,
  -- tokens of ours that it was made from: it ends with each of them
  ancestors text[] not null,
  audience text not null,
  -- whether that is us
  is_own boolean not null,
  task text,
  -- null where no agent acts
  tools text[],
  -- SHA-256 of the client certificate that must come with it (RFC 8705 section 3.1)
  certificate_hash text
);
create index access_exchanged_parties on access_exchanged using gin (parties);
-- tokens of minutes are many, and forgotten some days after their end
create index access_token_sts_end on access_token (expires_at) where kind = 'sts';

-- Proofs of identity that were used, until they would be too old anyway.
create table access_used_assertion (
  hash bytea primary key,
  expires_at timestamptz not null
);
create index access_used_assertion_end on access_used_assertion (expires_at);
comment on table access_used_assertion is 'technical: hashes of assertions that were traded for a token, gone when they are too old';
