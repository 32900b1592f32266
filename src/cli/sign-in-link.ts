import { type Command, textOption } from './command.ts'
import { dataOption, withLedger } from './ledger-access.ts'

/** For whoever has the data folder: who can read its keys may sign in anyway. */
export const signInLink: Command = {
  name: 'sign-in-link',
  usage: 'sign-in-link [--data DIR] [--server URL]',
  about: 'makes a new one-time sign-in link for the owner; earlier ones end',
  options: {
    ...dataOption,
    server: { type: 'string', about: 'address of the server (default: http://localhost:7420)' },
  },
  run: (args, terminal) =>
    withLedger(args, terminal, async ({ db, service }) => {
      const { ensureOwner, issueSignInLink } = await import('#kernel/access')
      const link = await issueSignInLink(db, service('cli'), await ensureOwner(db, service('cli')))
      const url = new URL('/sign-in', textOption(args, 'server') ?? 'http://localhost:7420')
      url.searchParams.set('link', link)
      terminal.out(args.values['json'] === true ? `${JSON.stringify({ signInUrl: url.href })}\n` : `${url.href}\n`)
      return 0
    }),
}
