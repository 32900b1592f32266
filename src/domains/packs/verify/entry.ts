import { verifyApproval } from '#kernel/access/step-up/proof'
import { dssePae, fromBase64, RECORD_TYPE, type RecordKeys, utf8, verifyEd25519 } from '#kernel/ledger/core'
import { canonicalize, type Json, parseStrict } from '#platform/canonical-json.ts'
import { DomainError } from '#platform/errors.ts'
import { list, object, oneOf, type Shape, text } from '../shape.ts'
import { resolve } from './pointer.ts'

/** What is wrong with an entry. */
export interface EntryFault {
  readonly code:
    | 'entry_invalid'
    | 'entry_not_canonical'
    | 'entry_key_unknown'
    | 'entry_signature_wrong'
    | 'approval_wrong'
  readonly message: string
}

const record: Shape<{ readonly id: string; readonly whole: Json }> = (value, path) => {
  const members = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  const id = text({ max: 36, pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, what: 'a UUID' })
  return { id: id(members.get('id'), `${path}/id`), whole: value as Json }
}

const Entry = object({
  p: record,
  s: list(object({ kid: text({ max: 8 }), alg: oneOf('Ed25519'), sig: text({ max: 88 }) }), { max: 4 }),
})

/** An entry in order. */
export interface VerifiedEntry {
  readonly id: string
  /** It is of an approval by a passkey, which was verified too. */
  readonly isApproval: boolean
}

/**
 * An entry is the RFC 8785 text of `{"p":record,"s":[signature]}`; each signature is by a trusted key, over the DSSE
 * encoding of the record's bytes. An approval among them is by the passkey that it names. Answers what is wrong with it, if anything.
 */
export async function verifyEntryBytes(bytes: Uint8Array, keys: RecordKeys): Promise<VerifiedEntry | EntryFault> {
  const entry = readEntry(bytes)
  if ('code' in entry) return entry
  const message = dssePae(RECORD_TYPE, utf8(canonicalize(entry.p.whole)))
  if (entry.s.length === 0) return { code: 'entry_invalid', message: 'the record is not signed' }
  for (const { kid, sig } of entry.s) {
    const key = keys.get(kid)
    if (key === undefined)
      return { code: 'entry_key_unknown', message: `it is signed by \`${kid}\`, which is not a trusted key` }
    if (!(await verifyEd25519(key, message, fromBase64(sig) ?? new Uint8Array()))) {
      return { code: 'entry_signature_wrong', message: `its signature by \`${kid}\` is wrong` }
    }
  }
  const isApproval = resolve(entry.p.whole, '/type') === 'approval.given'
  const fault = isApproval ? await approvalFault(entry.p.whole) : undefined
  return fault ?? { id: entry.p.id, isApproval }
}

/** For the sentence that tells what was checked. */
export function approvalsHold(approvals: number): string {
  return approvals === 0 ? '' : ` (approvals by passkey that hold: ${approvals})`
}

async function approvalFault(record: Json): Promise<EntryFault | undefined> {
  const wrong = (message: string): EntryFault => ({ code: 'approval_wrong', message })
  const verdict = await verifyApproval(resolve(record, '/data'))
  if (!verdict.holds) return wrong(`the approval in it does not hold: ${verdict.reason}`)
  const isByActor = resolve(record, '/actor/id') === verdict.userId
  return isByActor ? undefined : wrong('the approval in it is of another person than its actor')
}

function readEntry(bytes: Uint8Array): ReturnType<typeof Entry> | EntryFault {
  try {
    const value = parseStrict(bytes, { maxBytes: 65_535, maxDepth: 64 })
    const entry = Entry(value, '')
    const isCanonical = new TextDecoder().decode(bytes) === canonicalize(value)
    return isCanonical ? entry : { code: 'entry_not_canonical', message: 'it is not written in its one canonical form' }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return { code: 'entry_invalid', message: error.message }
  }
}
