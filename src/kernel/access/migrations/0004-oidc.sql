-- Identity providers that sign people in. `issuer` never changes: it is half of the name of everybody who came by it.
create table access_issuer (
  id text primary key,
  name text not null,
  issuer text not null unique,
  client_id text not null,
  -- encrypted under the key `secret_key_id`; both null for a public client
  secret bytea,
  secret_key_id text,
  scopes text[] not null,
  -- the claim that is the `externalId` of the directory; null where nobody is matched by it
  match_claim text,
  groups_claim text,
  admits_unknown boolean not null,
  is_active boolean not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  check ((secret is null) = (secret_key_id is null))
);

-- Sign-ins that wait for a provider's answer; only hashes, each taken once.
create table access_sign_in (
  state_hash bytea primary key,
  browser_hash bytea not null,
  issuer_id text not null,
  max_age_seconds integer,
  -- the session of the same browser, which ends when the new one starts
  replaces text,
  expires_at timestamptz not null
);
create index access_sign_in_expiry on access_sign_in (expires_at);
comment on table access_sign_in is 'technical: sign-ins that wait for a provider, gone after ten minutes or their first use';

-- What a provider said of how a session was authenticated, and how it is found again when the provider ends it.
create table access_oidc_session (
  token_id text primary key references access_token (id),
  issuer_id text not null,
  subject_hash bytea not null,
  sid_hash bytea,
  auth_time timestamptz,
  acr text,
  amr text[] not null,
  -- encrypted under the key `id_token_key_id`: the provider asks for it when somebody signs out
  id_token bytea,
  id_token_key_id text
);
create index access_oidc_session_subject on access_oidc_session (issuer_id, subject_hash);
create index access_oidc_session_sid on access_oidc_session (issuer_id, sid_hash);

-- Logout tokens that were used, until they would be too old anyway.
create table access_logout_token (
  issuer_id text not null,
  token_hash bytea not null,
  expires_at timestamptz not null,
  primary key (issuer_id, token_hash)
);
comment on table access_logout_token is 'technical: ids of logout tokens that were used, gone when the tokens are too old';
