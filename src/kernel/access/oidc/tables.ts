import type { Generated } from 'kysely'

export interface OidcTables {
  access_issuer: {
    id: string
    name: string
    issuer: string
    client_id: string
    secret: Buffer | null
    secret_key_id: string | null
    scopes: string[]
    match_claim: string | null
    groups_claim: string | null
    admits_unknown: boolean
    is_active: boolean
    created_at: Date
    changed_at: Date
  }
  access_sign_in: {
    state_hash: Buffer
    browser_hash: Buffer
    issuer_id: string
    max_age_seconds: number | null
    replaces: string | null
    expires_at: Date
  }
  access_oidc_session: {
    token_id: string
    issuer_id: string
    subject_hash: Buffer
    sid_hash: Buffer | null
    auth_time: Date | null
    acr: string | null
    amr: string[]
    id_token: Generated<Buffer | null>
    id_token_key_id: Generated<string | null>
  }
  access_logout_token: { issuer_id: string; token_hash: Buffer; expires_at: Date }
}
