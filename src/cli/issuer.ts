import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defineError } from '#platform/errors.ts'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { clientOf, serverOption } from './server-access.ts'

export const SecretFileUnreadable = defineError<{ path: string }>(
  'secret_file_unreadable',
  400,
  ({ path }) => `the file \`${path}\` with the secret cannot be read, or is empty`,
)

interface Shown {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly isActive: boolean
}

interface Checked {
  readonly ok: boolean
  readonly redirectUri: string
  readonly signedOutUri: string
  readonly backChannelLogoutUri: string
  readonly findings: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]
}

export const issuerAdd: Command = {
  name: 'issuer add',
  usage: 'issuer add URL --name NAME --client-id ID [--secret-file FILE] [--match-claim CLAIM|none] [--scopes A,B]',
  about: 'sets up an identity provider (OpenID Connect): whom it signs in is somebody here',
  options: {
    ...serverOption,
    name: { type: 'string', about: 'how people see it on the sign-in page' },
    'client-id': { type: 'string', about: 'what the provider calls this application' },
    'secret-file': { type: 'string', about: 'file with the client secret; without one, a public client with PKCE' },
    'match-claim': { type: 'string', about: 'claim that is the external id in your directory (default: sub), or none' },
    scopes: { type: 'string', about: 'scopes to ask for, with commas (default: openid)' },
  },
  run: async (args, terminal) => {
    const issuer = onePositional(issuerAdd, args, 'issuer address')
    const scopes = textOption(args, 'scopes')
    const match = textOption(args, 'match-claim')
    const body = {
      issuer,
      name: required(args, 'name'),
      clientId: required(args, 'client-id'),
      ...(await secretIn(args, terminal)),
      ...(scopes === undefined ? {} : { scopes: scopes.split(',') }),
      ...(match === undefined ? {} : { matchClaim: match === 'none' ? null : match }),
    }
    const added = (await clientOf(args, terminal).post('/v1/issuers', body)) as Shown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(added)}\n` : `${added.id}\n`)
    return 0
  },
}

export const issuerList: Command = {
  name: 'issuer list',
  usage: 'issuer list',
  about: 'lists the identity providers that sign people in',
  options: serverOption,
  run: async (args, terminal) => {
    const page = (await clientOf(args, terminal).get('/v1/issuers')) as { items: readonly Shown[] }
    const line = (one: Shown) => `${one.id}  ${one.isActive ? 'on' : 'off'}  ${one.name}  ${one.issuer}\n`
    const text = page.items.map(line).join('')
    terminal.out(args.values['json'] === true ? `${JSON.stringify(page)}\n` : printable(text))
    return 0
  },
}

export const issuerRemove: Command = {
  name: 'issuer remove',
  usage: 'issuer remove ID',
  about: 'removes an identity provider and ends the sessions that it began',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(issuerRemove, args, 'issuer id')
    await clientOf(args, terminal).delete(`/v1/issuers/${encodeURIComponent(id)}`)
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id })}\n` : `${id} removed\n`)
    return 0
  },
}

export const issuerCheck: Command = {
  name: 'issuer check',
  usage: 'issuer check ID',
  about: 'asks an identity provider who it is, and tells what to enter there: exit code 0 good, 1 not',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(issuerCheck, args, 'issuer id')
    const path = `/v1/issuers/${encodeURIComponent(id)}/check`
    const checked = (await clientOf(args, terminal).post(path, undefined)) as Checked
    const lines = checked.findings.map((one) => `${one.ok ? 'ok ' : 'BAD'}  ${one.name}: ${one.detail}\n`)
    const addresses = [
      `redirect URI:            ${checked.redirectUri}\n`,
      `after signing out:       ${checked.signedOutUri}\n`,
      `back-channel logout URI: ${checked.backChannelLogoutUri}\n`,
    ]
    const text = printable([...lines, ...addresses].join(''))
    terminal.out(args.values['json'] === true ? `${JSON.stringify(checked)}\n` : text)
    return checked.ok ? 0 : 1
  },
}

export const issuerAddPerson: Command = {
  name: 'issuer add-person',
  usage: 'issuer add-person ID --subject SUB [--user USER]',
  about: 'lets an account of an identity provider sign in, as a user who is there or as a new one',
  options: {
    ...serverOption,
    subject: { type: 'string', about: 'the `sub` that the provider gives the account' },
    user: { type: 'string', about: 'id of the user (default: a new one, who may sign in and no more)' },
  },
  run: async (args, terminal) => {
    const id = onePositional(issuerAddPerson, args, 'issuer id')
    const subject = textOption(args, 'subject')
    if (subject === undefined) throw UsageWrong({ message: 'needs `--subject`', usage: issuerAddPerson.usage })
    const userId = textOption(args, 'user')
    const body = { subject, ...(userId === undefined ? {} : { userId }) }
    const path = `/v1/issuers/${encodeURIComponent(id)}/people`
    const made = (await clientOf(args, terminal).post(path, body)) as { userId: string }
    terminal.out(args.values['json'] === true ? `${JSON.stringify(made)}\n` : `${made.userId}\n`)
    return 0
  },
}

async function secretIn(args: Arguments, terminal: Terminal): Promise<{ clientSecret?: string }> {
  const file = textOption(args, 'secret-file')
  return file === undefined ? {} : { clientSecret: await readSecretFile(file, terminal) }
}

/** What is in a file, without white space around it. @throws secret_file_unreadable */
export async function readSecretFile(file: string, terminal: Terminal): Promise<string> {
  const path = resolve(terminal.cwd, file)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw SecretFileUnreadable({ path }, error)
  })
  if (text.trim() === '') throw SecretFileUnreadable({ path })
  return text.trim()
}

function required(args: Arguments, name: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw UsageWrong({ message: `needs \`--${name}\``, usage: issuerAdd.usage })
  return value
}

function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '\ufffd')
}
