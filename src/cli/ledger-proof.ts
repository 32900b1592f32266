import { type Command, onePositional } from './command.ts'
import { dataOption, withLedger } from './ledger-access.ts'

export const ledgerProof: Command = {
  name: 'ledger proof',
  usage: 'ledger proof RECORD_ID [--data DIR]',
  about: 'prints the proof that a record is in the log (C2SP tlog-proof); the read is recorded',
  options: dataOption,
  run: (args, terminal) =>
    withLedger(args, terminal, async ({ db, ledger, organizationId, service }) => {
      const { noteRead } = await import('#kernel/ledger')
      const id = onePositional(ledgerProof, args, 'record id')
      const { index, proofFile } = await ledger.records.get(organizationId, id)
      await noteRead(db, service('cli'), { filter: [`proof=${id}`], query: undefined, indexes: [index] })
      terminal.out(args.values['json'] === true ? `${JSON.stringify({ id, index, proof: proofFile })}\n` : proofFile)
      return 0
    }),
}
