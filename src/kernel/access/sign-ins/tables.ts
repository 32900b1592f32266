export interface SignInTables {
  access_signed_in: {
    token_id: string
    user_id: string
    at: Date
    method: 'link' | 'passkey' | 'oidc' | 'recovery' | null
    passkey_id: string | null
    issuer_id: string | null
  }
  access_known_browser: { cookie_hash: Buffer; expires_at: Date }
}
