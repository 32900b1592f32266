import * as logic from './proof-logic.js'

/** One step of a proof, as a person can follow it. */
export interface Step {
  readonly title: string
  readonly status: 'pass' | 'fail'
  readonly detail: string
  /** What was computed in it. */
  readonly values: readonly (readonly [name: string, value: string])[]
}

interface Proven {
  readonly record: unknown
  readonly signatures: unknown
  readonly proofFile: string
  readonly origin: string
  readonly vkey: string
  /** Base64 of SubjectPublicKeyInfo, of the keys that sign records. */
  readonly recordKeys: readonly string[]
}

/**
 * Checks here, with nothing but what the server gave, that a record is signed, is in the log at its index, and that the log is
 * signed. Each step is told whether it holds; after one that does not, the others are not worth telling.
 */
export async function* prove(proven: Proven): AsyncGenerator<Step> {
  const entry = logic.utf8(logic.canonicalize({ p: proven.record, s: proven.signatures }))
  yield {
    title: 'The record in its one form',
    status: 'pass',
    detail: `Its canonical JSON (RFC 8785), with its signatures, has ${entry.length} bytes.`,
    values: [['SHA-256', logic.toHex(logic.sha256(entry))]],
  }
  // the last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key
  const keys = proven.recordKeys.map((key) => (logic.fromBase64(key) ?? new Uint8Array(0)).slice(-32))
  yield await step('Its signature', 'A key of this installation signed exactly these bytes.', async () => {
    await logic.verifyEntry(entry, logic.recordKeys(keys))
    return []
  })
  const leaf = logic.leafHash(entry)
  const { index, proof, checkpoint } = logic.parseProofFile(proven.proofFile)
  yield {
    title: 'Its leaf',
    status: 'pass',
    detail: `SHA-256 of a zero byte and the entry: the leaf of record ${index} (RFC 9162).`,
    values: [['leaf', logic.toHex(leaf)]],
  }
  const opened = await logic
    .openCheckpoint(checkpoint, [logic.parseVkey(proven.vkey)], proven.origin)
    .catch(() => undefined)
  yield {
    title: 'The checkpoint',
    status: opened === undefined ? 'fail' : 'pass',
    detail:
      opened === undefined
        ? 'The checkpoint of the proof is not signed by the key of the log.'
        : `The log ${opened.origin} signed that it has ${opened.size} records under this root.`,
    values: opened === undefined ? [] : [['root', logic.toHex(opened.root)]],
  }
  if (opened === undefined) return
  const path = climb(leaf, index, opened.size, proof)
  yield await step(
    `The way from the leaf to the root, ${proof.length} hashes`,
    'It ends at the root that was signed: the record is in the log.',
    async () => {
      logic.verifyInclusion({ index, size: opened.size, leafHash: leaf, proof, root: opened.root })
      return path
    },
  )
}

async function step(title: string, detail: string, work: () => Promise<Step['values']>): Promise<Step> {
  try {
    return { title, status: 'pass', detail, values: await work() }
  } catch (error) {
    return { title, status: 'fail', detail: error instanceof Error ? error.message : 'it does not hold', values: [] }
  }
}

/** Each hash on the way up, for the eye; `verifyInclusion` is what decides (RFC 9162 section 2.1.3.2). */
function climb(leaf: Uint8Array, index: number, size: number, proof: readonly Uint8Array[]): [string, string][] {
  let hash = leaf
  let at = index
  let last = size - 1
  return proof.map((sibling, level) => {
    const isRight = at % 2 === 1 || at === last
    if (isRight) while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    const [left, right] = isRight ? [sibling, hash] : [hash, sibling]
    hash = logic.sha256(Uint8Array.of(1, ...left, ...right))
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
    return [
      `${level + 1}: ${isRight ? 'left' : 'right'} sibling ${logic.toHex(sibling).slice(0, 8)}…`,
      logic.toHex(hash),
    ]
  })
}
