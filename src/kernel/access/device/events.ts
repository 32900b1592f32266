import { z } from 'zod'
import { type AuditEvent, defineEvent } from '#kernel/ledger'

const DeviceAllowed = defineEvent('device-sign-in.allowed', z.object({ scopes: z.array(z.string()) }), {
  description: 'a user confirmed a command line, which gets a token of theirs with these permissions',
})
const DeviceDenied = defineEvent('device-sign-in.denied', z.object({}), {
  description: 'a user refused a command line that asked for a token of theirs',
})

export const deviceEvents = [DeviceAllowed, DeviceDenied]

export function deviceAllowed(userId: string, scopes: readonly string[]): AuditEvent {
  return DeviceAllowed({ targets: [{ type: 'user', id: userId }], data: { scopes: [...scopes] } })
}

export function deviceDenied(userId: string): AuditEvent {
  return DeviceDenied({ targets: [{ type: 'user', id: userId }], data: {} })
}
