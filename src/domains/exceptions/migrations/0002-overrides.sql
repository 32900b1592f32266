-- Letting one failed gate run through once: asked for by one person, approved by two others.
create table gate_override (
  id text primary key,
  -- RFC 8785 JSON of what was asked for; its SHA-256 is what approvals are about
  proposal text not null,
  digest text not null,
  repository_id text not null,
  commit_oid text not null,
  decision_id text not null,
  -- enforced rules that held the commit back in that decision: it lets these through, and no others
  held text[] not null,
  requester text not null,
  -- people who wrote it, as far as the directory has their mail addresses
  authors text[] not null,
  asked_at timestamptz not null,
  -- of the request, then of what was approved
  expires_at timestamptz not null,
  state text not null check (state in ('asked', 'approved', 'rejected', 'used')),
  approved_at timestamptz,
  approvers text[] not null default '{}',
  -- of the `override.approved`
  record_id uuid,
  used_at timestamptz,
  used_decision_id text
);
create index gate_override_commit on gate_override (repository_id, commit_oid) where state in ('asked', 'approved');
create index gate_override_newest on gate_override (asked_at, id);
