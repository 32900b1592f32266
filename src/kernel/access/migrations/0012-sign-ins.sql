-- Who signed in, when and how, for the person to look through. One row a session; how older ones began is in the ledger alone.
create table access_signed_in (
  token_id text primary key references access_token (id),
  user_id text not null references access_user (id),
  at timestamptz not null,
  -- null where it was not kept
  method text check (method in ('link', 'passkey', 'oidc', 'recovery')),
  passkey_id text,
  issuer_id text
);
create index access_signed_in_user on access_signed_in (user_id, at desc, token_id desc);
insert into access_signed_in (token_id, user_id, at)
  select id, user_id, created_at from access_token where kind = 'session';

-- Browsers in which somebody signed in before: failures elsewhere do not slow them down.
create table access_known_browser (
  cookie_hash bytea primary key,
  expires_at timestamptz not null
);
create index access_known_browser_end on access_known_browser (expires_at);
comment on table access_known_browser is 'technical: hashes of cookies of browsers that signed in, gone after half a year';
