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

-- Who holds what, from wherever: the one place that says so.
create view access_role_held as
  select id as user_id, role, null::text as team_id, 'account' as source from access_user where role in ('owner', 'agent', 'service')
  union all
  select user_id, role, team_id, 'assignment' from access_role_assignment
  union all
  select m.user_id, r.role, r.team_id, 'mapping'
  from access_role_mapping r join access_group_member m on m.group_id = r.group_id;
