import { LedgerError, openCheckpoint, parseVkey, recordKeys } from '#kernel/ledger/core'
import { MEMBER, memberKind } from '../pack-format.ts'
import { type Examination, readText } from './examination.ts'
import { rawKey } from './keys.ts'
import { checkSelection } from './selection.ts'
import { checkWhole } from './whole-log.ts'

/** The signed checkpoint: by a trusted key, of the log and the size that the manifest states. */
export async function checkCheckpoint(examination: Examination): Promise<string | undefined> {
  const { manifest, keys, found } = examination
  const text = await readText(examination, MEMBER.checkpoint)
  if (manifest === undefined || keys === undefined || text === undefined) return undefined
  try {
    const { size, root } = await openCheckpoint(text, keys.log.map(parseVkey), keys.origin)
    examination.checkpoint = { size, root, text }
    if (keys.origin !== manifest.origin || size !== manifest.treeSize) {
      found({
        code: 'checkpoint_manifest',
        member: MEMBER.checkpoint,
        message: 'the manifest states another log or size',
      })
    }
    return `a trusted key signed the log \`${keys.origin}\` at size ${size}`
  } catch (error) {
    return ledgerFault(error, (code, message) => found({ code, member: MEMBER.checkpoint, message }))
  }
}

/** The records against the checkpoint: the whole log derived again, or each chosen record by its proof. */
export async function checkLog(examination: Examination): Promise<string | undefined> {
  const { manifest, checkpoint, keys, found } = examination
  if (manifest === undefined || checkpoint === undefined || keys === undefined) return undefined
  try {
    const trusted = recordKeys(keys.records.map((key) => rawKey(key.publicKey) ?? new Uint8Array()))
    const unexpected = manifest.completeness === 'whole' ? ['entry', 'proof'] : ['log']
    for (const name of examination.zip.names.filter((one) => unexpected.includes(memberKind(one) ?? ''))) {
      found({
        code: 'member_unexpected',
        member: name,
        message: `a pack of \`${manifest.completeness}\` completeness has no such member`,
      })
    }
    return manifest.completeness === 'whole'
      ? await checkWhole(examination, checkpoint, trusted)
      : await checkSelection(examination, checkpoint, trusted)
  } catch (error) {
    return ledgerFault(error, (code, message) => found({ code, member: MEMBER.keys, message }))
  }
}

/** Hands on a declared fault of the ledger's formats; any other error is a fault of the verifier. */
function ledgerFault(error: unknown, found: (code: string, message: string) => void): undefined {
  if (!(error instanceof LedgerError)) throw error
  found(error.code, error.message)
  return undefined
}
