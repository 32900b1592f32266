export interface OpaTables {
  policy_bundle: { digest: string; revision: string; entrypoints: string[]; content: Buffer; added_at: Date }
  bound_engine: {
    id: string
    name: string
    kind: string
    gate: string
    mode: string
    category: string
    owner: string
    /** Null for every repository. */
    repositories: string[] | null
    path: string
    bundle_digest: string | null
    url: string | null
    timeout_ms: number
    expected_revision: string | null
    token: Buffer | null
    token_key_id: string | null
    created_at: Date
    changed_at: Date
  }
  opa_decision: { decision_id: string; received_at: Date }
}
