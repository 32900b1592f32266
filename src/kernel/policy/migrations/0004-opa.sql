-- Bundles of OPA as they were sent, by the digest of their bytes: a decision that one took part in is made again with it.
create table policy_bundle (
  digest text primary key,
  revision text not null,
  entrypoints text[] not null,
  content bytea not null,
  added_at timestamptz not null
);

-- OPAs that take part in a gate: elsewhere by their address, or as a bundle that runs here.
create table bound_engine (
  id text primary key,
  name text not null unique,
  kind text not null,
  gate text not null,
  mode text not null,
  category text not null,
  owner text not null,
  -- null for every repository
  repositories text[],
  -- the document that is asked for, or the entrypoint of the bundle
  path text not null,
  bundle_digest text references policy_bundle (digest),
  url text,
  timeout_ms integer not null,
  expected_revision text,
  -- encrypted under the key `token_key_id`; both null for an OPA that asks for no token
  token bytea,
  token_key_id text,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  check ((url is null) <> (bundle_digest is null)),
  check ((token is null) = (token_key_id is null))
);

-- Decisions of other OPAs that were recorded, so that one that is sent again is not recorded again.
create table opa_decision (
  decision_id text primary key,
  received_at timestamptz not null
);
