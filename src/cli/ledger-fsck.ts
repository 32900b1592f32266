import { join } from 'node:path'
import type { FsckReport } from '#kernel/ledger'
import { type Command, flagOption } from './command.ts'
import { dataOption, existingData } from './ledger-access.ts'

/** Opens the database but not the ledger, which may be what refuses to open. */
export const ledgerFsck: Command = {
  name: 'ledger fsck',
  usage: 'ledger fsck [--data DIR] [--repair]',
  about: 'compares every file of the log with what it should be, and with the database: exit code 0 clean, 1 not',
  options: {
    ...dataOption,
    repair: { type: 'boolean', about: 'writes hash tiles again that can be derived from the records; nothing else' },
  },
  run: async (args, terminal) => {
    const { config, folder } = await existingData(args, terminal)
    const [ledger, { createLog }, { attachDatabase, describeModules, openInstallationKeys }] = await Promise.all([
      import('#kernel/ledger'),
      import('#platform/log.ts'),
      import('#server'),
    ])
    const { fsck, nodeDisk, openFolderTileStore, recordKeys, runOn } = ledger
    const keys = await openInstallationKeys(folder, config, 'refuse')
    const origin = keys.log.name
    const store = await openFolderTileStore(join(folder, 'log'), nodeDisk, 'keep')
    const options = { config, log: createLog('error'), dataWasNamed: false, modules: describeModules() }
    const database = await attachDatabase({ ...options, runtimeDir: terminal.env['XDG_RUNTIME_DIR'] })
    try {
      const report = await fsck(store, {
        verifier: keys.verifier,
        recordKeys: recordKeys([keys.record.publicKey]),
        origin,
        run: runOn(database.pool),
        signatures: 'all',
        mode: flagOption(args, 'repair') ? 'repair' : 'check',
      })
      terminal.out(flagOption(args, 'json') ? `${JSON.stringify(report)}\n` : asText(report))
      return report.findings.some((one) => one.severity === 'error') ? 1 : 0
    } finally {
      await database.stop()
    }
  },
}

function asText({ size, checked, findings, repaired }: FsckReport): string {
  const lines = findings.map(({ severity, code, path, index, message, remedy }) => {
    const where = path ?? (index === undefined ? '' : `record ${index}`)
    return `${severity} ${code} ${where}: ${message}\n  remedy: ${remedy}\n`
  })
  const mended = repaired.map((path) => `written again: ${path}\n`)
  const { entries, tiles, files, batches } = checked
  return `${mended.join('')}${lines.join('')}${entries} of ${size} records, ${tiles} tiles, ${files} files, ${batches} waiting batches checked; ${findings.length} findings\n`
}
