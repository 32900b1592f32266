create table saved_view (
  id text primary key,
  -- whose it is; nobody else sees it
  owner_id text not null,
  page text not null,
  name text not null check (char_length(name) between 1 and 80),
  -- canonical JSON of the filters, by name
  query text not null,
  created_at timestamptz not null,
  unique (owner_id, page, name)
);
