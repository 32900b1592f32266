import { createHash } from 'node:crypto'
import type { Ledger } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { decisionsAbout, decisionsAboutEach, type PolicyTables, snapshotsOf } from './store.ts'

/** A file of an evidence pack: its bytes have the digest that it is named by. */
export interface Attachment {
  /** Hex. */
  readonly sha256: string
  read(): Promise<Uint8Array>
}

/** Largest bundle of questions. */
const bundleBytesMax = 4 * 1024 * 1024
const pageSize = 500
/** Targets of one query. */
const targetsAtOnce = 500

/** What the decisions about something rest on, and where all of it is recorded. */
export interface DecisionFiles {
  /** Records of the decisions, and of the policy sets that they name. */
  readonly records: readonly string[]
  readonly attachments: readonly Attachment[]
}

/**
 * What the decisions about any of these targets rest on, so that anyone can make them again from a pack alone: the snapshots of the
 * policy sets, named by their revision, and the questions, a line each in bundles. A question is found by its digest, which
 * the record of the decision holds. Erased ones are left out.
 *
 * @param targets each `type:id`
 */
export async function policyAttachments(
  db: Db<PolicyTables>,
  ledger: Ledger,
  organizationId: string,
  targets: readonly string[],
): Promise<DecisionFiles> {
  const decisions = new Map<string, string>()
  const bundles = createBundles()
  for await (const rows of pagesAbout(db, targets)) {
    // a decision may be about several of the targets
    const fresh = new Map(rows.filter((row) => !decisions.has(row.record_id)).map((row) => [row.record_id, row]))
    const values = await ledger.readPayloads(organizationId, [...fresh.keys()])
    for (const row of fresh.values()) {
      decisions.set(row.record_id, row.policy_revision)
      const question = values.get(row.record_id)?.get('question')
      if (question !== undefined) bundles.add(question)
    }
  }
  const snapshots = await snapshotsOf(db, [...new Set(decisions.values())])
  return {
    records: [...decisions.keys(), ...snapshots.map((one) => one.record_id)],
    attachments: [...snapshots.map((one) => attachment(Buffer.from(one.snapshot))), ...bundles.done()],
  }
}

/** Of one target, such as a repository, there may be very many; of each of many, such as changes, there are few. */
async function* pagesAbout(db: Db<PolicyTables>, targets: readonly string[]) {
  const [only, ...more] = targets
  for (let from = 0; from < targets.length && more.length > 0; from += targetsAtOnce)
    yield await decisionsAboutEach(db, targets.slice(from, from + targetsAtOnce))
  if (only === undefined || more.length > 0) return
  for (let after = ''; ; ) {
    const page = await decisionsAbout(db, only, { after, limit: pageSize })
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    after = last.id
  }
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
