import { type Command, flagOption, onePositional, textOption } from './command.ts'

/** The same code as the single file `verify.mjs`. */
export const verifyCommand: Command = {
  name: 'verify',
  usage: 'verify PACK [--keys FILE]',
  about: 'verifies an evidence pack offline: exit code 0 verified, 1 not, 2 unreadable',
  options: { keys: { type: 'string', about: 'trusts only the keys of this file' } },
  run: async (args, terminal) => {
    const { runVerify } = await import('#domains/packs/verify')
    return runVerify({
      pack: onePositional(verifyCommand, args, 'pack'),
      keys: textOption(args, 'keys'),
      format: flagOption(args, 'json') === undefined ? 'text' : 'json',
      out: terminal.out,
    })
  },
}
