import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Resource } from '../scim/values.ts'

type Json<T> = ColumnType<T, string, string>

interface Provisioned {
  seq: GeneratedAlways<bigint>
  resource: Json<Resource>
  /** `resource` as filters compare it. */
  search: Json<Readonly<Record<string, unknown>>>
  version: number
  created_at: Date
  modified_at: Date
}

export interface DirectoryTables {
  access_person: Provisioned & { user_id: string; is_active: boolean }
  access_group: Provisioned & { id: string }
  access_group_member: { group_id: string; user_id: string; seq: Generated<bigint> }
  access_identity: { issuer: string; subject: string; user_id: string; linked_at: Date }
}
