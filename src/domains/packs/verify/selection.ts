import { LedgerError, parseVkey, type RecordKeys, sameBytes, verifyProofFile } from '#kernel/ledger/core'
import { indexOf, memberKind } from '../pack-format.ts'
import { approvalsHold, verifyEntryBytes } from './entry.ts'
import { type Examination, readText } from './examination.ts'

type Checkpoint = NonNullable<Examination['checkpoint']>

/** Each chosen record: its signature, and its proof under the checkpoint of the pack. */
export async function checkSelection(
  examination: Examination,
  checkpoint: Checkpoint,
  trusted: RecordKeys,
): Promise<string> {
  const { zip, found } = examination
  const kinds = (kind: string) => zip.names.filter((name) => memberKind(name) === kind)
  const entries = kinds('entry')
  for (const name of kinds('proof')) {
    const index = indexOf(name)
    if (!zip.has(`entries/${index}.json`))
      found({ code: 'member_missing', member: name, index, message: 'the record that it proves is not here' })
  }
  let approvals = 0
  for (const member of entries) {
    const index = indexOf(member)
    const entry = await zip.readUnchecked(member)
    const verified = await verifyEntryBytes(entry, trusted)
    if ('code' in verified) found({ ...verified, member, index })
    else if (verified.isApproval) approvals++
    await checkProof(examination, checkpoint, index, entry)
  }
  return `${entries.length} records are in the log and signed${approvalsHold(approvals)}; that these are all that matter is asserted by who prepared the pack`
}

async function checkProof(
  examination: Examination,
  checkpoint: Checkpoint,
  index: number,
  entry: Uint8Array,
): Promise<void> {
  const { found, keys } = examination
  const member = `proofs/${index}.tlog-proof`
  const text = await readText(examination, member)
  if (text === undefined || keys === undefined) {
    found({ code: 'proof_missing', member, index, message: 'there is no proof that the record is in the log' })
    return
  }
  try {
    const proven = await verifyProofFile(text, entry, keys.log.map(parseVkey), keys.origin)
    const same = proven.index === index && proven.size === checkpoint.size && sameBytes(proven.root, checkpoint.root)
    if (!same)
      found({ code: 'proof_other', member, index, message: 'it proves another record, or at another state of the log' })
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    found({ code: error.code, member, index, message: error.message })
  }
}
