import type { Generated } from 'kysely'

export interface DeviceTables {
  access_device: {
    device_hash: Buffer
    user_code_hash: Buffer
    scopes: string[]
    asked_at: Date
    polled_at: Generated<Date | null>
    expires_at: Date
    user_id: Generated<string | null>
  }
}
