-- What was reminded of, once: `due` is the day or time that it was about, so that another one is reminded of anew.
create table policy_reminder (
  -- `pack` or `version`, and its id
  kind text not null check (kind in ('pack', 'version')),
  subject_id text not null,
  due text not null,
  -- so many days before
  days integer not null,
  record_id uuid not null,
  primary key (kind, subject_id, due, days)
);
