-- Whom the directory knows: a profile of a user. `resource` is what was provisioned, `search` the same as filters compare it: folded
-- where letter case does not count. Nobody is recognised by a mail address.
create table access_person (
  user_id text primary key references access_user (id),
  -- the order of lists: what is made later comes later, so pages that were read stay as they were
  seq bigint generated always as identity unique,
  resource jsonb not null,
  search jsonb not null,
  is_active boolean not null,
  version integer not null,
  created_at timestamptz not null,
  modified_at timestamptz not null
);
create unique index access_person_user_name on access_person ((search ->> 'userName'));
create index access_person_external_id on access_person ((search ->> 'externalId'));

-- Who signs in by an identity provider: the pair is the provider's, and belongs to one user.
create table access_identity (
  issuer text not null,
  subject text not null,
  user_id text not null references access_user (id),
  linked_at timestamptz not null,
  primary key (issuer, subject)
);
create index access_identity_user on access_identity (user_id);

create table access_group (
  id text primary key,
  seq bigint generated always as identity unique,
  resource jsonb not null,
  search jsonb not null,
  version integer not null,
  created_at timestamptz not null,
  modified_at timestamptz not null
);
create unique index access_group_name on access_group ((search ->> 'displayName'));
create index access_group_external_id on access_group ((search ->> 'externalId'));

create table access_group_member (
  group_id text not null references access_group (id),
  user_id text not null references access_person (user_id),
  seq bigint generated always as identity,
  primary key (group_id, user_id)
);
create index access_group_member_user on access_group_member (user_id, group_id);

-- Programs that provision people hold a token of a kind of its own.
alter table access_token drop constraint access_token_kind_check;
alter table access_token add constraint access_token_kind_check check (kind in ('api', 'session', 'link', 'scim'));
