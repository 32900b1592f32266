-- Whoever has had a passkey adds another one only in a session that one of theirs began, or after a recovery: a session alone, which may be
-- stolen, must not make itself a key for approvals.
alter table access_user add column has_had_passkey boolean not null default false;
update access_user set has_had_passkey = true where id in (select user_id from access_passkey);
-- of a session: a passkey or a recovery began it; of a sign-in link: it is one of a recovery
alter table access_token add column adds_passkeys boolean not null default false;

-- A person who has lost their passkeys: two others approve, each gets half of a one-time link.
create table access_recovery (
  id text primary key,
  user_id text not null references access_user (id),
  opened_by text not null references access_user (id),
  opened_at timestamptz not null,
  expires_at timestamptz not null,
  -- what is approved
  digest text not null,
  state text not null check (state in ('open', 'approved', 'rejected', 'lapsed')),
  -- from the first approval on: SHA-256 of the link, and the half of it that the second one gets, worth nothing without the first
  link_hash bytea,
  second_half text
);
create unique index access_recovery_open on access_recovery (user_id) where state = 'open';
create index access_recovery_user on access_recovery (user_id, opened_at desc);
