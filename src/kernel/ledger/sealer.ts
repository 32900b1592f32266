import { timestamp } from '#platform/clock.ts'
import { uuidv7 } from '#platform/ids.ts'
import type { Beside } from './beside.ts'
import { createCommitter } from './commit-values.ts'
import type { Context } from './context.ts'
import {
  type AuditRecord,
  canonicalize,
  hmacSha256,
  type Json,
  LedgerError,
  type NaField,
  toHex,
  utf8,
  validateRecord,
} from './core/index.ts'
import { EventInvalid, PayloadTooLarge } from './errors.ts'
import type { AuditEvent } from './event.ts'
import type { StoredBatch } from './event-store.ts'
import type { LedgerKeys } from './keys.ts'
import type { SealedGroup } from './payload.ts'
import type { PayloadKeys } from './payload-keys.ts'
import { completeEntry, prepareEntry, type UnsignedEntry } from './seal-entry.ts'
import { isSealed } from './sealed.ts'

/** Turns events into signed entries. It is part of the context, so that whoever may write can record. */
export interface Sealer {
  /**
   * Checks an event and writes its record, unsigned.
   *
   * @throws EventInvalid when the event does not have the form of a record or of its type, PayloadTooLarge
   */
  prepare(event: AuditEvent, ctx: Context): UnsealedRecord
  /** Signs what was prepared, once, in its order; many at a time on another thread, because signing is most of the work. */
  sign(unsealed: readonly UnsealedRecord[]): Promise<SealedRecord[]>
  /** `prepare` and `sign` of one. */
  seal(event: AuditEvent, ctx: Context): SealedRecord
  /** Under which the values behind commitments are encrypted. */
  readonly payloadKeys: PayloadKeys
  /** Encrypts what is kept beside a record. */
  readonly beside: Beside
  /** Tells of records that were stored as one batch, whose transaction may still fail. */
  stored(batch: StoredBatch): void
  /** Tells the log writer, on this node or another, that records were committed. */
  announce(): void
}

/** An event as it will stand in the log, with the values that must not. */
export interface SealedRecord extends RecordFacts {
  readonly entry: Uint8Array
  readonly leafHash: Uint8Array
}

export interface UnsealedRecord extends RecordFacts {
  readonly unsigned: UnsignedEntry
}

interface RecordFacts {
  readonly id: string
  readonly at: string
  readonly organizationId: string
  readonly groups: readonly SealedGroup[]
  /** HMAC of the event as submitted; only where the submitter gave the id, for only then can it be submitted again. */
  readonly inputMac: Uint8Array | undefined
}

export interface SealerOptions {
  /** What was submitted cannot be guessed from its code, which is made with a secret that only the server knows. */
  readonly keys: Pick<LedgerKeys, 'record' | 'mac'>
  readonly payloadKeys: PayloadKeys
  readonly beside: Beside
  readonly stored: (batch: StoredBatch) => void
  readonly announce: () => void
}

/** Largest sum of the sealed values of one record. */
export const sealedBytesMax = 8 * 1024 * 1024

export function createSealer({ keys, payloadKeys, beside, stored, announce }: SealerOptions): Sealer {
  const { record: recordKey, mac: macSecret } = keys
  const prepare = (event: AuditEvent, ctx: Context) => {
    try {
      return draft(event, ctx, macSecret)
    } catch (error) {
      throw refused(event, error)
    }
  }
  const complete = ({ unsigned, ...facts }: UnsealedRecord, signature: Uint8Array): SealedRecord => {
    const { entry, leafHash } = completeEntry(unsigned, recordKey.kid, signature)
    const { id, at, organizationId, groups, inputMac } = facts
    return { id, at, organizationId, groups, inputMac, entry, leafHash }
  }
  return {
    prepare,
    sign: async (unsealed) => {
      const signatures = await recordKey.signMany(unsealed.map((one) => one.unsigned.message))
      return unsealed.map((one, i) => complete(one, signatures[i] ?? new Uint8Array(0)))
    },
    seal: (event, ctx) => {
      const unsealed = prepare(event, ctx)
      return complete(unsealed, recordKey.sign(unsealed.unsigned.message))
    },
    payloadKeys,
    beside,
    stored,
    announce,
  }
}

function draft(event: AuditEvent, ctx: Context, macSecret: Uint8Array): UnsealedRecord {
  const id = event.id ?? uuidv7(ctx.clock())
  const committer = createCommitter()
  const record = toRecord(event, ctx, id, committer.replace)
  checkData(event, record.data)
  validateRecord(record)
  const groups = committer.groups()
  checkSize(groups)
  const { at, organizationId } = record
  const inputMac = event.id === undefined ? undefined : macOf(event, ctx, macSecret)
  return { id, at, organizationId, groups, inputMac, unsigned: prepareEntry(record) }
}

/** The members stand in RFC 8785 order, so that writing them needs no sorting: see `prepareEntry`. */
function toRecord(
  event: AuditEvent,
  ctx: Context,
  id: string,
  replace: (value: unknown, pointer: string) => unknown,
): AuditRecord {
  const { actor } = ctx
  const { tool, review, compliance } = event
  const record = {
    actor: { id: actor.id, kind: actor.kind, onBehalfOf: actor.onBehalfOf, role: actor.role },
    at: instantOf(ctx.clock()),
    compliance: compliance && { decision: compliance.decision, policy: compliance.policy, version: compliance.version },
    correlationId: ctx.correlationId,
    data: replace(event.data, '/data'),
    id,
    inputHash: replace(event.inputHash, '/inputHash'),
    justification: replace(event.justification, '/justification'),
    na: reasonsFor(event),
    operation: event.operation,
    organizationId: ctx.organizationId,
    outputHash: replace(event.outputHash, '/outputHash'),
    refs: event.refs,
    review: review && { reviewer: review.reviewer, status: review.status },
    scans: event.scans?.map(sortScan) ?? null,
    targets: event.targets.map((target) => ({ id: target.id, type: target.type })),
    tool: tool && { model: tool.model, name: tool.name, version: tool.version },
    type: event.definition.type,
    v: 1 as const,
  }
  // `replace` is untyped; `validateRecord` checks every member of it
  return record as AuditRecord
}

/** Many records are of one millisecond, whose text is made once. */
const lastInstant = { ms: Number.NaN, text: '' }

function instantOf(ms: number): string {
  if (lastInstant.ms !== ms) Object.assign(lastInstant, { ms, text: timestamp(ms) })
  return lastInstant.text
}

function sortScan({ findings, kind, report, status, tool, version }: NonNullable<AuditRecord['scans']>[number]) {
  return { findings, kind, report, status, tool, version }
}

/** A reason for each required field that is null, and for no other; in RFC 8785 order. */
function reasonsFor(event: AuditEvent): AuditRecord['na'] {
  const { tool, review } = event
  const na: AuditRecord['na'] = {}
  const reason = (field: NaField) => {
    na[field] = event.na[field] ?? 'not_applicable'
  }
  if (event.compliance === null) reason('compliance')
  if (event.inputHash === null) reason('inputHash')
  if (event.justification === null) reason('justification')
  if (event.outputHash === null) reason('outputHash')
  if (review === null) reason('review')
  else if (review.reviewer === null) reason('review.reviewer')
  if (event.scans === null) reason('scans')
  if (tool === null) reason('tool')
  else if (tool.version === null) reason('tool.version')
  return na
}

function checkData(event: AuditEvent, data: AuditRecord['data']): void {
  const checked = event.definition.data.safeParse(data)
  if (checked.success) return
  const issue = checked.error.issues[0]
  const problem = `\`data.${issue?.path.map(String).join('.') ?? ''}\` ${issue?.message ?? 'is not valid'}`
  throw EventInvalid({ type: event.definition.type, problem })
}

/** What the core refuses, as an error of the event. */
function refused(event: AuditEvent, error: unknown): unknown {
  if (!(error instanceof LedgerError)) return error
  return EventInvalid({ type: event.definition.type, problem: error.message }, error)
}

function checkSize(groups: readonly SealedGroup[]): void {
  const bytes = groups.flatMap((group) => group.values).reduce((sum, one) => sum + one.bytes.length, 0)
  if (bytes > sealedBytesMax) throw PayloadTooLarge({ bytes, bytesMax: sealedBytesMax })
}

/** Over everything that the submitter decides, and who that is; not over when it came. */
function macOf(event: AuditEvent, ctx: Context, macSecret: Uint8Array): Uint8Array {
  const { definition, id, ...stated } = event
  const { organizationId, actor } = ctx
  const submitted = { type: definition.type, id, organizationId, actorId: actor.id, ...stated }
  return hmacSha256(macSecret, utf8(canonicalize(plain(submitted) as Json)))
}

/** Sealed values as JSON, so that the same value in the same place gives the same code. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isSealed(value)) {
    const { compartment, field, subject } = value
    const bytes = typeof value.value === 'string' ? utf8(value.value) : value.value
    return { $sealed: [compartment, field, subject, toHex(bytes)] }
  }
  if (Array.isArray(value)) return value.map(plain)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]))
}
