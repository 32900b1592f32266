-- Whose signatures under statements count. Public material only.
create table trust_root (
  id text primary key,
  name text not null,
  kind text not null check (kind in ('sigstore', 'key')),
  -- a trusted_root.json of Sigstore, or {"publicKey": PEM}
  material jsonb not null,
  identity text,
  issuer text,
  added_at timestamptz not null,
  record_id uuid not null,
  check ((kind = 'sigstore') = (identity is not null and issuer is not null))
);
