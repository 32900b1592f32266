import type { CiProvider } from './ci-model.ts'

export interface StsTables {
  access_ci_trust: {
    user_id: string
    name: string
    provider: CiProvider
    issuer: string
    audience: string
    repository: string
    ref_pattern: string
    workflow_pattern: string
    environment: string | null
    scopes: string[]
    created_at: Date
    provider_repository_id: string | null
    provider_owner_id: string | null
    expires_at: Date | null
  }
}
