-- A session that a browser holds as a cookie: taken from a cookie only, and ended by half an hour without use.
alter table access_token add column is_browser boolean not null default false;

create table access_passkey (
  id text primary key,
  user_id text not null references access_user (id),
  name text not null,
  credential_id bytea not null unique check (octet_length(credential_id) between 1 and 1023),
  -- COSE key
  public_key bytea not null,
  -- what the authenticator counts; 0 for ever where it does not count
  sign_count bigint not null,
  transports text[] not null,
  is_backed_up boolean not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index access_passkey_user on access_passkey (user_id, created_at);

-- Challenges that wait for the answer of an authenticator; only hashes, each taken once.
create table access_challenge (
  challenge_hash bytea primary key,
  purpose text not null check (purpose in ('register', 'sign-in')),
  -- hash of the session, or of the cookie of the browser, that asked
  holder_hash bytea not null,
  expires_at timestamptz not null
);
create index access_challenge_expiry on access_challenge (expires_at);
comment on table access_challenge is 'technical: challenges of passkeys, gone after five minutes or their first use';
