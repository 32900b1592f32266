import { type Client, createClient } from '#client'
import { type Command, onePositional, UsageWrong } from './command.ts'

export const signInCommand: Command = {
  name: 'sign-in',
  usage: 'sign-in LINK',
  about: 'trades the one-time link of the ready line for a session token (valid for 12 hours)',
  options: {},
  run: async (args, terminal) => {
    const text = onePositional(signInCommand, args, 'sign-in link')
    const url = URL.canParse(text) ? new URL(text) : undefined
    const link = url?.searchParams.get('link')
    if (url === undefined || link === null || link === undefined) {
      throw UsageWrong({ message: 'needs the whole `signInUrl` of the ready line', usage: signInCommand.usage })
    }
    const client: Client = createClient(url.origin, undefined)
    const session = (await client.post('/v1/session', { link })) as { token: string; expiresAt: string }
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(session)}\n`)
    else terminal.out(`${session.token}\n`)
    if (terminal.interactive) terminal.err(`valid until ${session.expiresAt}; use it as COUNTERSIGN_TOKEN\n`)
    return 0
  },
}
