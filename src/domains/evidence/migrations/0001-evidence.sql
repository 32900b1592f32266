-- Reports about a commit of a repository, or about an artifact. Content and what was read of it are encrypted under the keys
-- of the ledger's payloads (AES-256-GCM), because a report may name people.
create table evidence (
  id text primary key,
  repository_id text,
  commit_oid text,
  artifact text,
  -- of the bytes that are stored, before they are packed and encrypted
  sha256 text not null,
  bytes bigint not null,
  format text not null,
  tool text,
  summary jsonb not null,
  added_at timestamptz not null,
  key_id uuid not null,
  content bytea not null,
  parsed bytea not null,
  record_id uuid not null,
  check ((repository_id is null) = (commit_oid is null)),
  check ((commit_oid is null) <> (artifact is null))
);
create index evidence_of_commit on evidence (repository_id, commit_oid, added_at, id) where commit_oid is not null;
create index evidence_of_artifact on evidence (artifact, added_at, id) where artifact is not null;
create index evidence_newest on evidence (added_at desc, id desc);
-- both are packed before they are encrypted
alter table evidence alter column content set storage external, alter column parsed set storage external;
