import { z } from 'zod'
import type { AuditRecord, NaField, NaReason } from './core/index.ts'
import { type Sealable, type Sealed, sealed } from './sealed.ts'

/** A member of `data` that holds the commitment to a sealed value; giving it anything else is refused. */
export const committed = z.string().regex(/^hmac-sha256:[0-9a-f]{64}$/)

/** What happened, as code states it. The ledger adds who, when and for which organization, and signs it. */
export interface AuditEvent {
  readonly definition: EventDefinition
  readonly operation: string
  readonly targets: AuditRecord['targets']
  readonly data: Sealable<AuditRecord['data']>
  readonly refs: readonly string[]
  readonly tool: AuditRecord['tool']
  readonly inputHash: string | Sealed | null
  readonly outputHash: string | Sealed | null
  readonly review: AuditRecord['review']
  readonly scans: AuditRecord['scans']
  readonly compliance: AuditRecord['compliance']
  readonly justification: Sealed | null
  readonly na: Readonly<Partial<Record<NaField, NaReason>>>
  /** A UUIDv7 of the submitter: sending the event again under it is the same event, not a second one. */
  readonly id: string | undefined
}

/** Everything but `data` may be left out: a required field that is absent is null, with the reason that the type states. */
export interface EventInput<S extends z.ZodObject> {
  readonly data: Sealable<z.input<S>>
  readonly targets?: AuditEvent['targets']
  readonly operation?: string
  readonly refs?: readonly string[]
  readonly tool?: AuditEvent['tool']
  /** `sha256:…` of what is public or cannot be guessed; anything else sealed. */
  readonly inputHash?: AuditEvent['inputHash']
  readonly outputHash?: AuditEvent['outputHash']
  readonly review?: AuditEvent['review']
  readonly scans?: AuditEvent['scans']
  readonly compliance?: AuditEvent['compliance']
  /** Plain text is sealed as `text`. */
  readonly justification?: string | Sealed | null
  readonly na?: AuditEvent['na']
  readonly id?: string
}

export interface EventAbout {
  /** One sentence for the reference page: when it is recorded. */
  readonly description: string
  /** What was done, in the words of the record's `operation`; the type unless said. */
  readonly operation?: string
  /** Why a field is null where an event of this type does not state it; `not_applicable` unless said. */
  readonly na?: AuditEvent['na']
}

/** A type of audit event: calling it makes one. The schema is of `data` as it is recorded, with commitments in place. */
export interface EventType<S extends z.ZodObject = z.ZodObject> extends EventDefinition {
  (input: EventInput<S>): AuditEvent
}

export interface EventDefinition {
  readonly type: string
  readonly data: z.ZodObject
  readonly description: string
}

/**
 * Declares a type of audit event once. Members of `data` that the schema does not name are refused; a member that may
 * name a person or show content is `committed` and is given as `sealed.…(field, value)`.
 *
 * @param type `noun.verb-past`
 */
export function defineEvent<S extends z.ZodObject>(type: string, data: S, about: EventAbout): EventType<S> {
  const definition: EventDefinition = { type, data: data.strict(), description: about.description }
  const create = (input: EventInput<S>): AuditEvent => makeEvent(definition, about, input)
  return Object.assign(create, definition)
}

/** The JSON Schema (draft 2020-12) of the `data` of each type. */
export function eventSchemas(definitions: readonly EventDefinition[]): Record<string, unknown> {
  return Object.fromEntries(
    definitions.map((one) => [one.type, { description: one.description, ...z.toJSONSchema(one.data) }]),
  )
}

function makeEvent(definition: EventDefinition, about: EventAbout, input: EventInput<z.ZodObject>): AuditEvent {
  const { justification = null } = input
  return {
    definition,
    operation: input.operation ?? about.operation ?? definition.type,
    targets: input.targets ?? [],
    // the definition's schema has typed it, and checks it again when it is sealed
    data: input.data as AuditEvent['data'],
    refs: input.refs ?? [],
    tool: input.tool ?? null,
    inputHash: input.inputHash ?? null,
    outputHash: input.outputHash ?? null,
    review: input.review ?? null,
    scans: input.scans ?? null,
    compliance: input.compliance ?? null,
    justification: typeof justification === 'string' ? sealed.text('justification', justification) : justification,
    na: { ...about.na, ...input.na },
    id: input.id,
  }
}
