import { type Command, flagOption } from './command.ts'
import { dataOption, withLedger } from './ledger-access.ts'

export const ledgerStatus: Command = {
  name: 'ledger status',
  usage: 'ledger status [--data DIR]',
  about: 'tells how far records are sequenced, published and indexed',
  options: dataOption,
  run: (args, terminal) =>
    withLedger(args, terminal, async ({ ledger }) => {
      const { origin, sequenced, published, root, publishedAt } = await ledger.status()
      const index = await ledger.follower.status()
      const facts = {
        origin,
        vkey: ledger.keys.vkey,
        sequenced,
        published,
        root: Buffer.from(root).toString('base64'),
        publishedAt: publishedAt ?? null,
        index,
      }
      if (flagOption(args, 'json')) terminal.out(`${JSON.stringify(facts)}\n`)
      else
        terminal.out(
          `log        ${origin}\nkey        ${facts.vkey}\nsequenced  ${sequenced}\npublished  ${published}\nroot       ${facts.root}\nindex      ${index.lag} behind${index.deadLetters > 0 ? `, ${index.deadLetters} not readable` : ''}\n`,
        )
      return 0
    }),
}
