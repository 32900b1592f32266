-- Records wait here, as bundle bytes, from the commit that made them durable until their full bundle was read back
-- from the tile store. One row is one transaction or one batch of the appender.
create table ledger_batch (
  batch_id bigint generated always as identity primary key,
  count integer not null check (count > 0),
  -- C2SP tlog-tiles bundle framing: 16 bits of length, then the entry, `count` times
  entries bytea not null,
  leaf_hashes bytea not null check (octet_length(leaf_hashes) = 32 * count),
  -- the index of the first record in the log; null until the log writer gives it, then never another
  first_index bigint unique check (first_index >= 0)
);
comment on table ledger_batch is 'ledger: durable records on their way into the tile store';
alter table ledger_batch alter column entries set storage external;
alter table ledger_batch alter column leaf_hashes set storage external;
create index ledger_batch_waiting on ledger_batch (batch_id) where first_index is null;

-- Idempotency by record id: the same id with the same input is the same event.
create table ledger_event_id (
  id uuid primary key,
  -- HMAC of the event as submitted; null when we made the id, for then nobody can submit it again
  input_mac bytea check (octet_length(input_mac) = 32),
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32)
);
comment on table ledger_event_id is 'ledger: which record ids exist';

-- One row a log: what was signed last, and which writer may sign next.
create table ledger_head (
  origin text primary key,
  vkey text not null,
  record_kid text not null,
  key_check bytea not null,
  next_index bigint not null default 0,
  size bigint not null default 0,
  root bytea not null check (octet_length(root) = 32),
  -- the signed note; nothing that it does not cover may be seen by anyone
  checkpoint text,
  published_at timestamptz,
  -- partial tiles below this size have been removed
  swept_size bigint not null default 0,
  -- each writer that takes over raises it; a writer with an older one can change nothing
  epoch bigint not null default 0,
  holder_pid integer,
  holder_started timestamptz,
  lease_until timestamptz,
  check (size <= next_index)
);
comment on table ledger_head is 'ledger: the last signed checkpoint and its writer';
create unique index ledger_head_single on ledger_head ((true));

-- Data keys, wrapped by the key of the data folder. Without its wrapped key a payload is erased.
create table ledger_key (
  key_id uuid primary key,
  organization_id text not null,
  compartment text not null check (compartment in ('identity', 'content', 'text')),
  -- the month whose records it protects, `2026-11`
  period text not null,
  -- the person it protects, or the empty string
  subject text not null default '',
  wrapped bytea,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  check ((wrapped is null) = (erased_at is not null))
);
comment on table ledger_key is 'ledger: wrapped data keys';
create unique index ledger_key_alive on ledger_key (organization_id, compartment, period, subject) where wrapped is not null;

-- The salt and the values behind a record's commitments, encrypted.
create table ledger_payload (
  record_id uuid not null,
  compartment text not null,
  subject text not null default '',
  key_id uuid not null,
  -- 12 bytes of nonce, ciphertext, 16 bytes of tag
  sealed bytea not null,
  primary key (record_id, compartment, subject)
);
comment on table ledger_payload is 'ledger: encrypted values behind commitments';
alter table ledger_payload alter column sealed set storage external;
create index ledger_payload_key on ledger_payload (key_id);

-- What a statement can see of the log may not be rewritten, by mistake either.
create function ledger_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'LG001';
end $$;
create trigger ledger_event_id_append_only before update or delete or truncate on ledger_event_id
  for each statement execute function ledger_refuse();
create trigger ledger_batch_append_only before update of batch_id, count, entries, leaf_hashes or truncate on ledger_batch
  for each statement execute function ledger_refuse();

create function ledger_batch_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.first_index is not null then
    raise exception 'a sequenced batch keeps its index' using errcode = 'LG001';
  end if;
  if tg_op = 'DELETE' and (old.first_index is null
      or not exists (select from ledger_head where size / 256 * 256 >= old.first_index + old.count)) then
    raise exception 'a batch stays until its full bundle is published' using errcode = 'LG001';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger ledger_batch_keep before update of first_index or delete on ledger_batch
  for each row execute function ledger_batch_keep();

create function ledger_head_forward() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.origin <> old.origin or new.size < old.size or new.next_index < old.next_index or new.epoch < old.epoch
      or (new.size = old.size and new.root <> old.root) then
    raise exception 'the head of the log never goes back' using errcode = 'LG001';
  end if;
  return new;
end $$;
create trigger ledger_head_forward before update or delete on ledger_head
  for each row execute function ledger_head_forward();
