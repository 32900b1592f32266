import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient, ServerRefused } from '#client'
import { defineError } from '#platform/errors.ts'
import { type Command, type Terminal, textOption } from './command.ts'
import { keepToken, keptToken } from './credentials.ts'
import { addressOf, serverOption } from './server-access.ts'

export const LoginEnded = defineError<object>(
  'login_ended',
  400,
  () => 'the sign-in was not confirmed in time',
  'run `countersign login` again',
)

interface Begun {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  readonly expiresInSeconds: number
  readonly intervalSeconds: number
}

interface Given {
  readonly token: string
  readonly scopes: readonly string[]
  readonly expiresAt: string
}

export const login: Command = {
  name: 'login',
  usage: 'login [--server URL] [--scopes A,B]',
  about: 'signs this command line in: somebody confirms a code in the console, and the token is kept for 8 hours',
  options: {
    ...serverOption,
    scopes: { type: 'string', about: 'permissions to ask for, with commas (default: all that only read)' },
  },
  run: async (args, terminal) => {
    const server = addressOf(args, terminal)
    const client = createClient(server, undefined)
    const begun = (await client.get('/v1/device-sign-in', { scopes: textOption(args, 'scopes') })) as Begun
    terminal.err(`open ${begun.verificationUri} and enter the code ${begun.userCode}\n`)
    const { token, scopes, expiresAt } = await confirmed(client, begun, terminal)
    const path = keepToken(terminal.env, server, { token, expiresAt })
    const told = { server: new URL(server).origin, scopes, expiresAt, path }
    terminal.out(args.values['json'] === true ? `${JSON.stringify(told)}\n` : `signed in until ${expiresAt}\n`)
    return 0
  },
}

export const logout: Command = {
  name: 'logout',
  usage: 'logout [--server URL]',
  about: 'ends the token that `login` kept for this server, there and here',
  options: serverOption,
  run: async (args, terminal) => {
    const server = addressOf(args, terminal)
    const token = keptToken(terminal.env, server)
    if (token !== undefined)
      await createClient(server, token)
        .delete('/v1/session')
        .catch((error: unknown) => {
          // ended already is as good
          if (!isRefusal(error, 'not_signed_in')) throw error
        })
    keepToken(terminal.env, server, undefined)
    const done = token === undefined ? 'you were not signed in' : 'signed out'
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ ended: token !== undefined })}\n` : `${done}\n`)
    return 0
  },
}

async function confirmed(client: Client, begun: Begun, { signal }: Terminal): Promise<Given> {
  const endsAt = Date.now() + begun.expiresInSeconds * 1000
  while (Date.now() < endsAt) {
    await pause(begun.intervalSeconds * 1000, undefined, { signal }).catch((error: unknown) => {
      throw LoginEnded({}, error)
    })
    try {
      return (await client.post('/v1/device-sign-in', { deviceCode: begun.deviceCode })) as Given
    } catch (error) {
      if (!isRefusal(error, 'device_sign_in_waits') && !isRefusal(error, 'device_sign_in_too_fast')) throw error
    }
  }
  throw LoginEnded({})
}

function isRefusal(error: unknown, code: string): boolean {
  return ServerRefused.is(error) && error.facts['code'] === code
}
