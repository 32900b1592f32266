import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createClient } from '#client'
import { defineError } from '#platform/errors.ts'
import { type Arguments, type Command, flagOption, type Terminal, textOption, UsageWrong } from './command.ts'
import { keptToken } from './credentials.ts'
import { addressOf, serverOption } from './server-access.ts'

export const SubjectMissing = defineError<{ where: string }>(
  'subject_token_missing',
  400,
  ({ where }) => `there is no token to trade in ${where}`,
  'in GitHub Actions add `permissions: id-token: write` and `--github`; in GitLab CI declare `id_tokens`',
)

const prefix = 'urn:ietf:params:oauth:'

interface Given {
  readonly access_token: string
  readonly scope: string
  readonly expires_in: number
}

export const tokenExchange: Command = {
  name: 'token exchange',
  usage: 'token exchange [--github | --env NAME | --file FILE] [--scopes A,B] [--task T] [--minutes N]',
  about: 'trades the token of a pipeline, of a person or of an agent for one of minutes, and prints it',
  options: {
    ...serverOption,
    github: { type: 'boolean', about: 'asks GitHub Actions for the token of this job, made for the server' },
    env: {
      type: 'string',
      about: 'variable with the token to trade (default: COUNTERSIGN_ID_TOKEN, else COUNTERSIGN_TOKEN)',
    },
    file: { type: 'string', about: 'file with the token to trade' },
    for: { type: 'string', about: 'what GitHub makes its token for: the audience of the trust (default: the server)' },
    client: { type: 'string', about: 'id of the trust, where several fit the pipeline' },
    scopes: { type: 'string', about: 'what it may do, with commas (default: all that the proof gives)' },
    actor: { type: 'string', about: 'variable with the key of an agent that is to act' },
    audience: { type: 'string', about: 'who will be shown it, when it is not the server' },
    task: { type: 'string', about: 'what it is for: an issue, a review' },
    tools: { type: 'string', about: 'names of the tools that the agent may call with it, with commas' },
    minutes: { type: 'string', about: 'how long it lives, 5 to 60 (default: 15)' },
  },
  run: async (args, terminal) => {
    const subject = await subjectToken(args, terminal)
    const fields = {
      grant_type: `${prefix}grant-type:token-exchange`,
      subject_token: subject,
      subject_token_type: typeOf(subject),
      ...actorFields(args, terminal),
      ...given(args, { client_id: 'client', audience: 'audience', task: 'task' }),
      ...words(args, ['scope', 'scopes'], ['tools', 'tools']),
      expires_in: String(60 * Number(textOption(args, 'minutes') ?? 15)),
    }
    const reply = (await createClient(addressOf(args, terminal), undefined).postForm('/oauth/token', fields)) as Given
    const { access_token: token, scope, expires_in: seconds } = reply
    if (args.values['json'] === true)
      terminal.out(`${JSON.stringify({ token, scopes: scope.split(' '), expiresInSeconds: seconds })}\n`)
    else terminal.out(`${token}\n`)
    return 0
  },
}

function typeOf(token: string): string {
  return `${prefix}token-type:${token.startsWith('cst_') ? 'access_token' : 'jwt'}`
}

function actorFields(args: Arguments, { env }: Terminal): Record<string, string> {
  const name = textOption(args, 'actor')
  if (name === undefined) return {}
  const token = env[name]
  if (token === undefined || token === '') throw SubjectMissing({ where: `\`${name}\`` })
  return { actor_token: token, actor_token_type: `${prefix}token-type:access_token` }
}

function given(args: Arguments, names: Readonly<Record<string, string>>): Record<string, string> {
  const values = Object.entries(names).map(([field, option]) => [field, textOption(args, option)])
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

function words(
  args: Arguments,
  ...names: readonly (readonly [field: string, option: string])[]
): Record<string, string> {
  const values = names.map(([field, option]) => [field, textOption(args, option)?.split(',').join(' ')])
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

/** Never from an argument, which other users of the machine could see. */
async function subjectToken(args: Arguments, terminal: Terminal): Promise<string> {
  const [env, file] = [textOption(args, 'env'), textOption(args, 'file')]
  const isGithub = flagOption(args, 'github') === true
  if ([env !== undefined, file !== undefined, isGithub].filter(Boolean).length > 1)
    throw UsageWrong({ message: 'takes one of `--github`, `--env` and `--file`', usage: tokenExchange.usage })
  if (isGithub) return githubToken(args, terminal)
  if (file !== undefined) return present(await read(resolve(terminal.cwd, file)), `\`${file}\``)
  if (env !== undefined) return present(terminal.env[env], `\`${env}\``)
  const server = addressOf(args, terminal)
  const found =
    terminal.env['COUNTERSIGN_ID_TOKEN'] || terminal.env['COUNTERSIGN_TOKEN'] || keptToken(terminal.env, server)
  return present(found, '`COUNTERSIGN_ID_TOKEN` or `COUNTERSIGN_TOKEN`')
}

function present(text: string | undefined, where: string): string {
  if (text === undefined || text.trim() === '') throw SubjectMissing({ where })
  return text.trim()
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

/** The token of the job, as GitHub hands it to whoever may write id-tokens. */
async function githubToken(args: Arguments, terminal: Terminal): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = terminal.env
  const where = '`ACTIONS_ID_TOKEN_REQUEST_URL`'
  if (!address || !token || !URL.canParse(address)) throw SubjectMissing({ where })
  const url = new URL(address)
  url.searchParams.set('audience', textOption(args, 'for') ?? new URL(addressOf(args, terminal)).origin)
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
  const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(30_000) }).catch(
    (error: unknown) => {
      throw SubjectMissing({ where }, error)
    },
  )
  const answer = (await response.json().catch(() => ({}))) as { value?: unknown }
  return present(typeof answer.value === 'string' ? answer.value : undefined, where)
}
