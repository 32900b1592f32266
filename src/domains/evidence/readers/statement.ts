import { EvidenceSignatureWrong, EvidenceUnreadable } from '../errors.ts'
import { kept } from '../limits.ts'
import type { SignedStatement } from '../model.ts'
import { listAt, objectAt, parseJson, textAt } from '../reading/json.ts'
import type { Reading } from '../reading/reading.ts'
import { clean } from '../reading/text.ts'
import type { Trust, TrustRoots } from './format.ts'

/**
 * Who signed, as the first trust root that vouches for it says; null where nobody does and nobody has to.
 *
 * @throws EvidenceSignatureWrong where somebody has to
 */
export async function findSigner(
  trust: TrustRoots | undefined,
  signerOf: (root: Trust) => Promise<string>,
): Promise<string | null> {
  let refused: unknown
  for (const root of trust?.roots ?? []) {
    try {
      return await signerOf(root)
    } catch (error) {
      if (!EvidenceSignatureWrong.is(error)) throw error
      refused = error
    }
  }
  if (trust?.otherwise === 'refuse') throw refused ?? EvidenceSignatureWrong({ reason: 'there is no trust root' })
  return null
}

const statementTypes = ['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']
export const payloadType = 'application/vnd.in-toto+json'

/** The bytes that an envelope signs. Both alphabets of base64 are met in the wild (DSSE 1.0.2, `envelope.md`). */
export function payloadOf(envelope: unknown): Buffer {
  const payload = textAt(envelope, 'payload')
  if (payload === undefined || !/^[A-Za-z0-9+/_=-]*$/.test(payload))
    throw EvidenceUnreadable({ reason: 'the envelope has no payload in base64' })
  return Buffer.from(payload, 'base64')
}

/**
 * The in-toto statement that an envelope carries. Its subjects are told by digest alone: a name proves nothing.
 *
 * @throws EvidenceUnreadable
 */
export function readStatement(envelope: unknown, reading: Reading): Omit<SignedStatement, 'verified' | 'signer'> {
  if (textAt(envelope, 'payloadType') !== payloadType)
    throw EvidenceUnreadable({ reason: `the envelope does not carry ${payloadType}` })
  const statement = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(payloadOf(envelope)))
  const type = textAt(statement, '_type') ?? ''
  if (!statementTypes.includes(type)) throw EvidenceUnreadable({ reason: 'the payload is no in-toto statement' })
  if (type !== statementTypes[0]) reading.problem('the statement is of version 0.1')
  const predicateType = textAt(statement, 'predicateType')
  if (predicateType === undefined) reading.problem('`predicateType` is missing')
  const subjects = listAt(statement, 'subject')
  if (subjects.length === 0) reading.problem('the statement has no subject')
  return {
    predicateType: clean(predicateType ?? '', 300),
    subjects: subjects.slice(0, kept.named).map((one) => readSubject(one, reading)),
  }
}

function readSubject(one: unknown, reading: Reading): SignedStatement['subjects'][number] {
  const digests: [string, string][] = []
  for (const [name, value] of Object.entries(objectAt(one, 'digest') ?? {}).slice(0, 10)) {
    if (typeof value !== 'string' || !/^[0-9a-fA-F]{16,128}$/.test(value) || !/^[A-Za-z0-9_-]{1,40}$/.test(name)) {
      reading.problem('a subject has a digest that is none')
      continue
    }
    digests.push([name, value.toLowerCase()])
    if (name === 'sha256') reading.artifact(value)
    if (name === 'gitCommit' || name === 'sha1') reading.commit(value)
  }
  return { name: clean(textAt(one, 'name') ?? '', kept.name), digests: Object.fromEntries(digests) }
}
