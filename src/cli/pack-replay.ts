import { resolve } from 'node:path'
import { type Command, onePositional, textOption } from './command.ts'

/** For an auditor on another machine: nothing but the pack, and the keys that the operator gave by another way. */
export const packReplay: Command = {
  name: 'pack replay',
  usage: 'pack replay PACK [--decision ID] [--keys FILE]',
  about: 'verifies an evidence pack and makes its decisions again, offline: exit code 0 all same to the byte, 1 not',
  options: {
    decision: { type: 'string', about: 'only this decision' },
    keys: { type: 'string', about: 'trusts only the keys of this file' },
  },
  run: async (args, terminal) => {
    const pack = resolve(terminal.cwd, onePositional(packReplay, args, 'pack'))
    const keys = textOption(args, 'keys')
    const [{ replayFromPack }, { createPolicyEngine }, { createLog }] = await Promise.all([
      import('#domains/packs'),
      import('#kernel/policy'),
      import('#platform/log.ts'),
    ])
    const engine = createPolicyEngine({ log: createLog('error') })
    try {
      const items = await replayFromPack(engine, {
        pack,
        keys: keys === undefined ? undefined : resolve(terminal.cwd, keys),
        decisionId: textOption(args, 'decision'),
      })
      const differ = items.filter((one) => !one.same)
      if (args.values['json'] === true) terminal.out(`${JSON.stringify({ items })}\n`)
      else {
        const told = differ.map((one) => `${one.decisionId}  not the same: ${one.reason}\n`).join('')
        const taken = items
          .filter((one) => one.same && !one.replayable)
          .map((one) => `${one.decisionId}  in part as recorded: ${one.reason}\n`)
          .join('')
        terminal.out(
          `${told}${taken}${items.length - differ.length} of ${items.length} decisions have the recorded bytes\n`,
        )
      }
      return differ.length === 0 ? 0 : 1
    } finally {
      await engine.close()
    }
  },
}
