-- Policies of roles as they were compiled, once for each set of texts and engine; by the digest of what they were compiled from.
create table policy_access_set (
  source_digest text primary key,
  revision text not null,
  snapshot text not null,
  made_at timestamptz not null
);
comment on table policy_access_set is 'technical: compiled policies of roles, made again from the texts of the product where they are not there';
