/** The ledger's face: how to write something down, and how to prove that it was. */
export type { Appender } from './append.ts'
export type { SealedBytes } from './beside.ts'
export { type Actor, Asker, askerOf, type Context, onBehalfOf } from './context.ts'
export * from './core/index.ts'
export { type Disk, nodeDisk } from './disk.ts'
export { type Erasure, eraseKeys } from './erase.ts'
export { SearchCursorInvalid, SearchTooSlow } from './errors.ts'
export { type AuditEvent, committed, defineEvent, type EventDefinition, type EventType, eventSchemas } from './event.ts'
export { openFolderTileStore } from './folder-tile-store.ts'
export { type FsckFinding, type FsckOptions, type FsckReport, fsck } from './fsck.ts'
export { type LedgerKeys, openLedgerKeys, type PublicKeys, publicKeys } from './keys.ts'
export { ledgerMigrations } from './migrations.ts'
export { type LedgerModuleOptions, ledgerModule } from './module.ts'
export {
  type AccessPolicies,
  type AskedAbout,
  type LoadedResource,
  type Module,
  type Permission,
  route,
} from './module-type.ts'
export { type Ledger, type LedgerOptions, type LedgerStatus, openLedger } from './open.ts'
export type { OpenedValue } from './open-payload.ts'
export { ledgerRead, noteRead, type Read } from './reads.ts'
export { findRecords, RecordPage, RecordSearch } from './record-routes.ts'
export { assurance, developers, personRoles, programs } from './roles.ts'
export { type Sealable, type Sealed, sealed } from './sealed.ts'
export type { Sealer } from './sealer.ts'
export { type Run, runOn } from './sql.ts'
export type { LedgerTables } from './tables.ts'
export type { TileStore } from './tile-store.ts'
export { housekeeping, type RecordEvent, transact } from './transact.ts'
