import { dssePae, fromBase64, RECORD_TYPE, type RecordKeys, utf8, verifyEd25519 } from '#kernel/ledger/core'
import { canonicalize, type Json, parseStrict } from '#platform/canonical-json.ts'
import { DomainError } from '#platform/errors.ts'
import { list, object, oneOf, type Shape, text } from '../shape.ts'

/** What is wrong with an entry. */
export interface EntryFault {
  readonly code: 'entry_invalid' | 'entry_not_canonical' | 'entry_key_unknown' | 'entry_signature_wrong'
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

/**
 * An entry is the RFC 8785 text of `{"p":record,"s":[signature]}`; each signature is by a trusted key, over the DSSE
 * encoding of the record's bytes. Answers the record's id, or what is wrong.
 */
export async function verifyEntryBytes(bytes: Uint8Array, keys: RecordKeys): Promise<{ id: string } | EntryFault> {
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
  return { id: entry.p.id }
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
