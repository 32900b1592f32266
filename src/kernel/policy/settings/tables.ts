export interface SettingsTables {
  policy_settings: {
    scope: string
    team_id: string | null
    revision: number
    /** A `PolicySettingsBody`. */
    body: string
    changed_at: Date | null
    changed_by: string | null
    /** `{settings, reason}` */
    proposal: string | null
    proposal_digest: string | null
    proposed_by: string | null
    proposed_at: Date | null
  }
}
