import { type Arguments, type Command, onePositional, textOption, UsageWrong } from './command.ts'
import { addressOf, clientOf, serverOption, showPage } from './server-access.ts'

interface TrustShown {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly repository: string
  readonly ref: string
  readonly environment: string | null
  readonly scopes: readonly string[]
}

const issuers: Readonly<Record<string, string>> = {
  'github-actions': 'https://token.actions.githubusercontent.com',
  'gitlab-ci': 'https://gitlab.com',
}

export const ciTrustAdd: Command = {
  name: 'ci-trust add',
  usage: 'ci-trust add REPOSITORY --provider github-actions|gitlab-ci --name N --ref R --workflow W --scopes A,B',
  about: 'lets pipelines of a repository trade their own tokens for tokens of minutes, and prints the id of the trust',
  options: {
    ...serverOption,
    provider: { type: 'string', about: 'github-actions or gitlab-ci' },
    name: { type: 'string', about: 'what people call it' },
    ref: { type: 'string', about: 'whole ref; `*` stands for any letters but `/`: refs/heads/main' },
    workflow: {
      type: 'string',
      about: '`job_workflow_ref` or `ci_config_ref_uri`: acme/x/.github/workflows/release.yml@refs/heads/main',
    },
    scopes: { type: 'string', about: 'the most that a pipeline may do, with commas' },
    environment: { type: 'string', about: 'only jobs of this environment' },
    issuer: { type: 'string', about: 'who signs the tokens (default: github.com or gitlab.com)' },
    audience: { type: 'string', about: 'what the pipeline asks its token for (default: the server)' },
    'repository-id': {
      type: 'string',
      about: '`repository_id` or `project_id` of its tokens (default: that of the first pipeline that comes)',
    },
    'owner-id': {
      type: 'string',
      about: '`repository_owner_id` or `namespace_id` of its tokens (default: that of the first pipeline that comes)',
    },
  },
  run: async (args, terminal) => {
    const provider = required(args, 'provider')
    const environment = textOption(args, 'environment')
    const body = {
      repository: onePositional(ciTrustAdd, args, 'repository'),
      provider,
      name: required(args, 'name'),
      ref: required(args, 'ref'),
      workflow: required(args, 'workflow'),
      scopes: required(args, 'scopes').split(','),
      issuer: textOption(args, 'issuer') ?? issuers[provider] ?? '',
      audience: textOption(args, 'audience') ?? new URL(addressOf(args, terminal)).origin,
      ...(environment === undefined ? {} : { environment }),
      providerRepositoryId: textOption(args, 'repository-id') ?? null,
      providerOwnerId: textOption(args, 'owner-id') ?? null,
    }
    const added = (await clientOf(args, terminal).post('/v1/ci-trusts', body)) as TrustShown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(added)}\n` : `${added.id}\n`)
    return 0
  },
}

export const ciTrustList: Command = {
  name: 'ci-trust list',
  usage: 'ci-trust list',
  about: 'lists the pipelines that get tokens of minutes for their own',
  options: serverOption,
  run: async (args, terminal) => {
    const line = ({ id, name, repository, ref, environment, scopes }: TrustShown) =>
      `${id}  ${repository}  ${ref}  ${environment ?? 'any environment'}  ${scopes.join(',')}  ${name}\n`.replace(
        /[^\P{C}\n]/gu,
        '\ufffd',
      )
    await showPage(args, terminal, { path: '/v1/ci-trusts' }, line)
    return 0
  },
}

export const ciTrustRemove: Command = {
  name: 'ci-trust remove',
  usage: 'ci-trust remove ID [--reason TEXT]',
  about: 'ends a trust in pipelines with the tokens that they have',
  options: { ...serverOption, reason: { type: 'string', about: 'why it ends: stands in the record' } },
  run: async (args, terminal) => {
    const id = onePositional(ciTrustRemove, args, 'trust id')
    const path = `/v1/ci-trusts/${encodeURIComponent(id)}`
    const reason = textOption(args, 'reason')
    if (reason === undefined) await clientOf(args, terminal).delete(path)
    else await clientOf(args, terminal).post(`${path}/revocation`, { reason })
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id, removed: true })}\n` : `${id} removed\n`)
    return 0
  },
}

function required(args: Arguments, name: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw UsageWrong({ message: `needs \`--${name}\``, usage: ciTrustAdd.usage })
  return value
}
