import { createHash } from 'node:crypto'
import type { Ledger } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { decisionsAbout, findSnapshot, type PolicyTables } from './store.ts'

/** A file of an evidence pack: its bytes have the digest that it is named by. */
export interface Attachment {
  /** Hex. */
  readonly sha256: string
  read(): Promise<Uint8Array>
}

/** Largest bundle of questions. */
const bundleBytesMax = 4 * 1024 * 1024
const pageSize = 500

/**
 * What the decisions about a target rest on, so that anyone can make them again from a pack alone: the snapshots of the
 * policy sets, named by their revision, and the questions, a line each in bundles. A question is found by its digest, which
 * the record of the decision holds. Erased ones are left out.
 *
 * @param target `type:id`
 */
export async function policyAttachments(
  db: Db<PolicyTables>,
  ledger: Ledger,
  organizationId: string,
  target: string,
): Promise<Attachment[]> {
  const revisions = new Set<string>()
  const bundles = createBundles()
  for (let after = ''; ; ) {
    const page = await decisionsAbout(db, target, after, pageSize)
    const last = page.at(-1)
    if (last === undefined) break
    after = last.id
    const ids = page.map((row) => row.record_id)
    const values = await ledger.readPayloads(organizationId, ids)
    for (const row of page) {
      revisions.add(row.policy_revision)
      const question = values.get(row.record_id)?.get('question')
      if (question !== undefined) bundles.add(question)
    }
  }
  const snapshots: Attachment[] = []
  for (const revision of revisions) {
    const snapshot = await findSnapshot(db, revision)
    if (snapshot !== undefined) snapshots.push(attachment(Buffer.from(snapshot)))
  }
  return [...snapshots, ...bundles.done()]
}

function createBundles() {
  const bundles: Attachment[] = []
  let lines: Uint8Array[] = []
  let bytes = 0
  const close = () => {
    if (lines.length > 0) bundles.push(attachment(Buffer.concat(lines)))
    lines = []
    bytes = 0
  }
  return {
    add(line: Uint8Array) {
      if (bytes + line.length + 1 > bundleBytesMax) close()
      lines.push(line, newline)
      bytes += line.length + 1
    },
    done() {
      close()
      return bundles
    },
  }
}

const newline = Buffer.from('\n')

function attachment(bytes: Uint8Array): Attachment {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), read: async () => bytes }
}
