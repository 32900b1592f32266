import type { ColumnType, Generated } from 'kysely'
import type { Stage } from './rollout-model.ts'

/** Written as text, because the driver would send an array as a PostgreSQL array; read as the value. */
type Json<T> = ColumnType<T, string, string>

export interface LifecycleTables {
  policy_pack: {
    id: string
    title: string
    category: string
    owner: string
    /** `YYYY-MM-DD`. */
    review_by: ColumnType<string | null, string | null, string | null>
    active_version_id: string | null
    created_at: Date
  }
  policy_version: {
    id: string
    pack_id: string
    version: string
    state: 'draft' | 'published' | 'retired'
    text: string
    tests: string
    digest: string
    authors: string[]
    source: 'console' | 'git'
    created_at: Date
    changed_at: Date
    published_at: Date | null
    envelope: ColumnType<Record<string, unknown> | null, string | null, string | null>
  }
  policy_step: {
    id: string
    place: Generated<bigint>
    version_id: string
    digest: string
    kind: string
    outcome: string
    by_id: string
    at: Date
    detail: Json<Record<string, unknown>>
    record_id: string
  }
  policy_rollout: {
    id: string
    pack_id: string
    version_id: string
    previous_version_id: string | null
    state: 'running' | 'active' | 'superseded' | 'rolled_back'
    stages: Json<readonly Stage[]>
    stage: number
    stage_since: Date
    started_by: string
    started_at: Date
    ended_at: Date | null
  }
  policy_reminder: {
    kind: 'pack' | 'version'
    subject_id: string
    due: string
    days: number
    record_id: string
  }
  policy_trial: {
    rollout_id: string
    stage: number
    decision_id: string
    flip: string
    is_error: boolean
    at: Date
  }
}
