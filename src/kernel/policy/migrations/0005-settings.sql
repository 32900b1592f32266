-- Policy settings: what the organization and its teams make stricter than the packs, one row a scope that has ever set something.
create table policy_settings (
  -- `organization`, or the id of a team
  scope text primary key,
  -- null for the organization; what a team set goes with it
  team_id text unique references access_team (id) on delete cascade,
  revision integer not null,
  -- {modes, params, repositoriesMayLower}
  body text not null,
  changed_at timestamptz,
  changed_by text,
  -- what somebody proposed that would loosen the organization's: {settings, reason}; another person decides
  proposal text,
  proposal_digest text,
  proposed_by text,
  proposed_at timestamptz,
  check ((scope = 'organization') = (team_id is null)),
  check ((proposal is null) = (proposal_digest is null))
);
