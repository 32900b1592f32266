-- Command lines that wait for somebody to confirm them in the console; only hashes of both codes.
create table access_device (
  device_hash bytea primary key,
  user_code_hash bytea not null unique,
  -- what was asked for, and from the answer on what was given
  scopes text[] not null,
  asked_at timestamptz not null,
  polled_at timestamptz,
  expires_at timestamptz not null,
  -- who allowed it; null until then
  user_id text references access_user (id)
);
create index access_device_expiry on access_device (expires_at);
comment on table access_device is 'technical: command lines that wait to be confirmed, gone after ten minutes or their first use';
