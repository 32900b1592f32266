import { resolve } from 'node:path'
import { type Arguments, type Command, onePositional, type Terminal, textOption } from './command.ts'

/** Makes one decision of an evidence pack again, or all of them, without a server. */
export async function replayPack(pack: string, command: Command, args: Arguments, terminal: Terminal): Promise<number> {
  const decisionId = args.positionals.length === 0 ? undefined : onePositional(command, args, 'decision id')
  const [{ replayFromPack }, { createPolicyEngine }, { createLog }] = await Promise.all([
    import('#domains/packs'),
    import('#kernel/policy'),
    import('#platform/log.ts'),
  ])
  const engine = createPolicyEngine({ log: createLog('error') })
  try {
    const keys = textOption(args, 'keys')
    const items = await replayFromPack(engine, {
      pack: resolve(terminal.cwd, pack),
      keys: keys === undefined ? undefined : resolve(terminal.cwd, keys),
      decisionId,
    })
    const differ = items.filter((one) => !one.same)
    if (args.values['json'] === true) terminal.out(`${JSON.stringify({ items })}\n`)
    else {
      const told = differ.map((one) => `${one.decisionId}  not the same: ${one.reason}\n`).join('')
      terminal.out(`${told}${items.length - differ.length} of ${items.length} decisions have the recorded bytes\n`)
    }
    return differ.length === 0 ? 0 : 1
  } finally {
    await engine.close()
  }
}
