create table access_user (
  id text primary key,
  role text not null,
  created_at timestamptz not null,
  disabled_at timestamptz
);

-- Sessions, API tokens and one-time sign-in links: only the SHA-256 of a secret of 160 random bits or more is kept.
create table access_token (
  id text primary key,
  user_id text not null references access_user (id),
  kind text not null check (kind in ('api', 'session', 'link')),
  name text not null,
  secret_hash bytea not null unique,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index access_token_user on access_token (user_id, created_at desc);

create table access_last_seen (
  token_id text primary key references access_token (id),
  seen_at timestamptz not null
);
comment on table access_last_seen is 'technical: when a token was last used, at most once a minute';
