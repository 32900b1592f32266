import {
  type AuditRecord,
  type Entry,
  forms,
  idPrefixes,
  isInstant,
  limits,
  type NaField,
  wordLists,
} from './record.ts'

/**
 * Whether a value surely has the form of an entry, in about a seventh of the schema's time. `true` means that the schema accepts the
 * value as it stands; `false` says nothing, and the schema decides and names what is wrong.
 */
export function isEntry(value: unknown): value is Entry {
  return hasMembers(value, 2) && isRecord(value['p']) && isListOf(value['s'], 1, limits.signatures, isSignature)
}

/** The same for a record. */
export function isRecord(value: unknown): value is AuditRecord {
  if (!hasMembers(value, 19)) return false
  return (
    value['v'] === 1 &&
    matches(value['id'], forms.uuidv7) &&
    isTime(value['at']) &&
    matches(value['organizationId'], forms.prefixedId) &&
    matches(value['correlationId'], forms.correlationId) &&
    matches(value['type'], forms.type) &&
    value['type'].length <= limits.type &&
    matches(value['operation'], forms.word) &&
    isActor(value['actor']) &&
    isListOf(value['targets'], 0, limits.targets, isTarget) &&
    isListOf(value['refs'], 0, limits.refs, isUuidv7) &&
    isData(value['data']) &&
    areRequiredFields(value)
  )
}

type Members = Readonly<Record<string, unknown>>

/** The fields that may be null, each valid or named in `na`, and nothing else named there. */
function areRequiredFields(record: Members): boolean {
  const { na, tool, review } = record
  if (!isObject(na)) return false
  let named = 0
  const isNamed = (field: NaField) => {
    named++
    return isOneOf(na[field], wordLists.naReason)
  }
  const isFine = (field: NaField, value: unknown, isValid: (value: unknown) => boolean) =>
    value === null ? isNamed(field) : isValid(value)
  return (
    isFine('inputHash', record['inputHash'], isDigest) &&
    isFine('outputHash', record['outputHash'], isDigest) &&
    isFine('justification', record['justification'], isCommitment) &&
    isFine('compliance', record['compliance'], isCompliance) &&
    isFine('scans', record['scans'], areScans) &&
    isFine('tool', tool, isTool) &&
    (!isObject(tool) || isFine('tool.version', tool['version'], isLabel)) &&
    isFine('review', review, isReview) &&
    (!isObject(review) || isFine('review.reviewer', review['reviewer'], isReviewer)) &&
    Object.keys(na).length === named
  )
}

function isActor(value: unknown): boolean {
  if (!hasMembers(value, 4)) return false
  const { id, kind, role, onBehalfOf } = value
  if (!isOneOf(kind, wordLists.actorKind) || !matches(id, forms.actorId) || !matches(role, forms.word)) return false
  if (!id.startsWith(idPrefixes[kind])) return false
  return onBehalfOf === null || (matches(onBehalfOf, forms.actorId) && onBehalfOf.startsWith(idPrefixes.user))
}

/** Its version is checked with `na`. */
function isTool(value: unknown): boolean {
  return hasMembers(value, 3) && isLabel(value['name']) && isNullOr(value['model'], isLabel) && 'version' in value
}

/** Its reviewer is checked with `na`. */
function isReview(value: unknown): boolean {
  return hasMembers(value, 2) && isOneOf(value['status'], wordLists.reviewStatus) && 'reviewer' in value
}

function isReviewer(value: unknown): boolean {
  return matches(value, forms.actorId) || isCommitment(value)
}

function isCompliance(value: unknown): boolean {
  return (
    hasMembers(value, 3) &&
    isOneOf(value['decision'], wordLists.decision) &&
    isLabel(value['policy']) &&
    isLabel(value['version'])
  )
}

function areScans(value: unknown): boolean {
  return isListOf(value, 1, limits.scans, isScan)
}

function isScan(value: unknown): boolean {
  return (
    hasMembers(value, 6) &&
    matches(value['kind'], forms.word) &&
    isLabel(value['tool']) &&
    isNullOr(value['version'], isLabel) &&
    isOneOf(value['status'], wordLists.scanStatus) &&
    isNullOr(value['findings'], isCount) &&
    isNullOr(value['report'], isDigest)
  )
}

function isTarget(value: unknown): boolean {
  return hasMembers(value, 2) && matches(value['type'], forms.word) && isLabel(value['id'])
}

function isSignature(value: unknown): boolean {
  return (
    hasMembers(value, 3) &&
    matches(value['kid'], forms.kid) &&
    value['alg'] === 'Ed25519' &&
    matches(value['sig'], forms.signature)
  )
}

/** Any members, but for the one whose name objects treat as no other. */
function isData(value: unknown): boolean {
  return isObject(value) && !Object.hasOwn(value, '__proto__')
}

/** Most labels are printable ASCII, which needs no look at Unicode classes. */
function isLabel(value: unknown): boolean {
  return typeof value === 'string' && (/^[\x20-\x7e]{1,200}$/.test(value) || forms.label.test(value))
}

/** Days that every month has need no calendar. */
function isTime(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const everyMonth =
    /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/
  return everyMonth.test(value) || (forms.instant.test(value) && isInstant(value))
}

function isUuidv7(value: unknown): boolean {
  return matches(value, forms.uuidv7)
}

function isDigest(value: unknown): boolean {
  return matches(value, forms.digest)
}

function isCommitment(value: unknown): boolean {
  return matches(value, forms.commitment)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function matches(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}

function isOneOf<T extends string>(value: unknown, words: readonly T[]): value is T {
  return words.some((word) => word === value)
}

function isNullOr(value: unknown, isValid: (value: unknown) => boolean): boolean {
  return value === null || isValid(value)
}

function isListOf(value: unknown, min: number, max: number, isValid: (value: unknown) => boolean): boolean {
  if (!Array.isArray(value) || value.length < min || value.length > max) return false
  for (let i = 0; i < value.length; i++) if (!isValid(value[i])) return false
  return true
}

/** Only plain objects have their members for sure: nothing is inherited but what no record names. */
function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** So many members and no more: with each of so many looked at, there is no other. */
function hasMembers(value: unknown, count: number): value is Members {
  return isObject(value) && Object.keys(value).length === count
}
