-- Teams: roles are held in one or in the whole organisation, and a repository belongs to at most one.
create table access_team (
  id text primary key,
  name text not null,
  created_at timestamptz not null
);
create unique index access_team_name on access_team (lower(name));

create table access_team_repository (
  repository_id text primary key,
  team_id text not null references access_team (id)
);
create index access_team_repository_team on access_team_repository (team_id);

-- A role of one person; `team_id` null is the whole organisation.
create table access_role_assignment (
  id text primary key,
  user_id text not null references access_user (id),
  role text not null,
  team_id text references access_team (id),
  change_id text not null,
  since timestamptz not null,
  unique nulls not distinct (user_id, role, team_id)
);

-- A role of whoever is in a group of the directory. The group may be gone, and then gives nothing: a new one has another id.
create table access_role_mapping (
  id text primary key,
  group_id text not null,
  role text not null,
  team_id text references access_team (id),
  change_id text not null,
  since timestamptz not null,
  unique nulls not distinct (group_id, role, team_id)
);

-- Roles are changed by what one person proposes and another approves.
create table access_role_change (
  id text primary key,
  -- {add, remove, reason} as it was proposed, in canonical form
  proposal text not null,
  digest text not null,
  proposer text not null references access_user (id),
  proposed_at timestamptz not null,
  state text not null check (state in ('proposed', 'applied', 'rejected', 'withdrawn')),
  decided_by text references access_user (id),
  decided_at timestamptz
);
create index access_role_change_newest on access_role_change (proposed_at desc, id desc);

-- Groups that identity providers name when people sign in, where no directory brings them; the id follows from provider and value.
create table access_claimed_group (
  id text primary key,
  issuer_id text not null,
  value text not null,
  first_seen_at timestamptz not null
);

-- Who was said to be in one at the last sign-in. No provider says when that ends, so it counts as long as a session may.
create table access_claimed_member (
  group_id text not null references access_claimed_group (id),
  user_id text not null references access_user (id),
  until timestamptz not null,
  primary key (group_id, user_id)
);
create index access_claimed_member_user on access_claimed_member (user_id);

create view access_membership as
  select group_id, user_id from access_group_member
  union all
  select group_id, user_id from access_claimed_member where until > now();

-- Who holds what, from wherever: the one place that says so.
create view access_role_held as
  select id as user_id, role, null::text as team_id, 'account' as source from access_user where role in ('owner', 'agent', 'service')
  union all
  select user_id, role, team_id, 'assignment' from access_role_assignment
  union all
  select m.user_id, r.role, r.team_id, 'mapping'
  from access_role_mapping r join access_membership m on m.group_id = r.group_id;
