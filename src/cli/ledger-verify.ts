import { join } from 'node:path'
import type { LogVerification } from '#kernel/ledger'
import { type Command, flagOption } from './command.ts'
import { dataOption, existingData } from './ledger-access.ts'

/** Works on the files alone: no database, no lock, no server needed. */
export const ledgerVerify: Command = {
  name: 'ledger verify',
  usage: 'ledger verify [--data DIR] [--tree-only]',
  about: 'derives the whole log again from its records and names what is wrong: exit code 0 whole, 1 not',
  options: {
    ...dataOption,
    'tree-only': { type: 'boolean', about: 'checks the tree and not the signature of each record' },
  },
  run: async (args, terminal) => {
    const { config, folder } = await existingData(args, terminal)
    const [ledger, { openInstallationKeys }] = await Promise.all([import('#kernel/ledger'), import('#server')])
    const { nodeDisk, openFolderTileStore, recordKeys, verifyLog } = ledger
    const keys = await openInstallationKeys(folder, config, 'refuse')
    const origin = keys.log.name
    const store = await openFolderTileStore(join(folder, 'log'), nodeDisk, 'keep')
    const result = await verifyLog(store, {
      origin,
      verifiers: [keys.verifier],
      recordKeys: recordKeys([keys.record.publicKey]),
      signatures: flagOption(args, 'tree-only') ? 'none' : 'all',
      onProgress: ({ checked, size }) => terminal.interactive && terminal.err(`\r${checked} of ${size} records`),
    })
    if (terminal.interactive) terminal.err('\n')
    terminal.out(flagOption(args, 'json') ? asJson(origin, result) : asText(result))
    return result.problems.length === 0 ? 0 : 1
  },
}

function asJson(origin: string, { root, ...rest }: LogVerification): string {
  return `${JSON.stringify({ origin, root: Buffer.from(root).toString('base64'), ...rest })}\n`
}

function asText({ size, checked, problems, unlisted }: LogVerification): string {
  const lines = problems.map(({ code, index, path, message }) => {
    const where = `${index === undefined ? '' : ` at record ${index}`}${path === undefined ? '' : ` in ${path}`}`
    return `${code}${where}: ${message}\n`
  })
  if (unlisted > 0) lines.push(`and ${unlisted} more\n`)
  const verdict = problems.length === 0 ? 'whole' : 'NOT whole'
  const { entries, tiles, signatures } = checked
  return `${lines.join('')}${verdict}: ${entries} of ${size} records, ${tiles} tiles, ${signatures} signatures checked\n`
}
