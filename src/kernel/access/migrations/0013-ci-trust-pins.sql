-- What a provider calls the repository and its owner for good: a name can be given to another one. Null until a pipeline first came.
alter table access_ci_trust
  add column provider_repository_id text,
  add column provider_owner_id text,
  -- null where it holds until it is removed; one that an API token made ends with that token's life
  add column expires_at timestamptz;
