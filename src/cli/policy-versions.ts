import { parseDocument } from 'yaml'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { plain } from './plain.ts'
import { describeTests, readPolicyFile, testsPathOf } from './policy-files.ts'
import { clientOf, serverOption } from './server-access.ts'

interface Pack {
  readonly id: string
  readonly title: string
  readonly category: string
  readonly reviewBy: string | null
  readonly reviewDue: 30 | 7 | 0 | null
  readonly inForce: { readonly version: string; readonly source: string } | null
  readonly rolloutId: string | null
}

interface Version {
  readonly version: string
  readonly state: string
  readonly source: string
  readonly digest: string
  readonly missing: readonly string[]
  readonly weakenings: readonly { readonly message: string }[]
  readonly steps: readonly { kind: string; outcome: string; by: string; at: string; isCurrent: boolean }[]
}

interface Diagnostic {
  readonly line: number
  readonly column: number
  readonly severity: string
  readonly message: string
  readonly source: string
}

type TestReport = Parameters<typeof describeTests>[0]

interface Impact {
  readonly decisions: number
  readonly replayed: number
  readonly flips: { readonly toDeny: number; readonly toAllow: number; readonly otherReasons: number }
  readonly notReplayable: readonly { readonly reason: string; readonly decisions: number }[]
  readonly byRule: readonly { readonly rule: string; readonly toDeny: number; readonly toAllow: number }[]
  readonly tookMs: number
}

export const policyList: Command = {
  name: 'policy list',
  usage: 'policy list',
  about: 'lists the policy packs with what is in force of each',
  options: serverOption,
  run: async (args, terminal) => {
    const page = (await clientOf(args, terminal).get('/v1/policy-packs')) as { items: Pack[] }
    show(args, terminal, page, () => page.items.map(packLine).join(''))
    return 0
  },
}

export const policyShow: Command = {
  name: 'policy show',
  usage: 'policy show PACK [VERSION]',
  about: 'the versions of a pack, or one of them with what was done to it and what it still needs',
  options: serverOption,
  run: async (args, terminal) => {
    const [pack, version, ...more] = args.positionals
    if (pack === undefined || more.length > 0) throw UsageWrong({ message: 'needs a pack', usage: policyShow.usage })
    const of = `/v1/policy-packs/${encodeURIComponent(pack)}/versions`
    const client = clientOf(args, terminal)
    if (version === undefined) {
      const page = (await client.get(of)) as { items: Version[] }
      show(args, terminal, page, () =>
        page.items.map((one) => `${one.version.padEnd(12)} ${one.state.padEnd(10)} ${one.source}\n`).join(''),
      )
      return 0
    }
    const found = (await client.get(`${of}/${encodeURIComponent(version)}`)) as Version
    show(args, terminal, found, () => describeVersion(found))
    return 0
  },
}

export const policyPush: Command = {
  name: 'policy push',
  usage: 'policy push FILE [--tests FILE]',
  about: 'sends a pack with its tests as a draft, and has the server check and test it: exit code 0 both pass, 1 not',
  options: {
    ...serverOption,
    tests: { type: 'string', about: 'file of the tests (default: NAME.test.yaml beside NAME.yaml)' },
  },
  run: async (args, terminal) => {
    const path = onePositional(policyPush, args, 'file')
    const text = await readPolicyFile(terminal, path)
    const tests = await readPolicyFile(terminal, textOption(args, 'tests') ?? testsPathOf(path))
    const id = packIdOf(text)
    if (id === undefined) throw UsageWrong({ message: 'the file names no `metadata.id`', usage: policyPush.usage })
    const client = clientOf(args, terminal)
    const of = `/v1/policy-packs/${id}/versions`
    const { version } = (await client.post(of, { text, tests, source: 'git' })) as { version: string }
    const step = (name: string) => client.post(`${of}/${encodeURIComponent(version)}/${name}`, undefined)
    const checked = (await step('check')) as { outcome: string; diagnostics: Diagnostic[] }
    const tested = (await step('test')) as TestReport
    show(args, terminal, { pack: id, version, checked, tested }, () =>
      [
        `${id} ${version} is a draft; its check ${checked.outcome}\n`,
        ...checked.diagnostics.map(
          (one) => `${one.source}:${one.line}:${one.column}: ${one.severity}: ${plain(one.message)}\n`,
        ),
        describeTests(tested),
      ].join(''),
    )
    return checked.outcome === 'passed' && tested.ok ? 0 : 1
  },
}

/** What the pack calls itself, when that can be read. */
function packIdOf(text: string): string | undefined {
  try {
    const id: unknown = parseDocument(text).getIn(['metadata', 'id'])
    return typeof id === 'string' && /^[a-z0-9-]{1,64}$/.test(id) ? id : undefined
  } catch {
    return undefined
  }
}

export const policyReplay: Command = {
  name: 'policy replay',
  usage: 'policy replay PACK VERSION [--days N] [--limit N]',
  about: 'replays a draft over the recorded decisions: which would come out otherwise, by rule',
  options: {
    ...serverOption,
    days: { type: 'string', about: 'of how many days (default: 90)' },
    limit: { type: 'string', about: 'most decisions, the newest (default: 5000)' },
  },
  run: async (args, terminal) => {
    const of = versionPath(policyReplay, args)
    const impact = (await clientOf(args, terminal).post(`${of}/assess`, {
      ...numberOption(args, 'days'),
      ...numberOption(args, 'limit'),
    })) as Impact
    show(args, terminal, impact, () => describeImpact(impact))
    return 0
  },
}

export const policyAsk: Command = {
  name: 'policy ask',
  usage: 'policy ask PACK VERSION --user ID... [--until DAY]',
  about: 'asks people what they say to a draft',
  options: {
    ...serverOption,
    user: { type: 'string', multiple: true, about: 'whom to ask; may be repeated' },
    until: {
      type: 'string',
      about: 'when their answers are due: 2027-03-31 or 2027-03-31T12:00:00Z; the ledger reminds of it',
    },
  },
  run: async (args, terminal) => {
    const users = args.values['user']
    if (!Array.isArray(users)) throw UsageWrong({ message: 'needs `--user`', usage: policyAsk.usage })
    const until = textOption(args, 'until')
    const answerBy = until === undefined ? {} : { answerBy: until.includes('T') ? until : `${until}T00:00:00Z` }
    return step(policyAsk, 'consultations', { userIds: users, ...answerBy }, args, terminal)
  },
}

export const policyAnswer: Command = {
  name: 'policy answer',
  usage: 'policy answer PACK VERSION --answer agree|concern|comment [--comment TEXT]',
  about: 'says what you think of a draft that you were asked about',
  options: {
    ...serverOption,
    answer: { type: 'string', about: '`agree`, `concern` or `comment`' },
    comment: { type: 'string', about: 'in words' },
  },
  run: async (args, terminal) => {
    const body = { answer: textOption(args, 'answer'), comment: textOption(args, 'comment') ?? null }
    return step(policyAnswer, 'answers', body, args, terminal)
  },
}

export const policyPublish: Command = {
  name: 'policy publish',
  usage: 'policy publish PACK VERSION',
  about: 'signs a draft that went through every step; it decides nothing before it is rolled out',
  options: serverOption,
  run: async (args, terminal) => step(policyPublish, 'publish', undefined, args, terminal),
}

export const policyRetire: Command = {
  name: 'policy retire',
  usage: 'policy retire PACK VERSION --reason TEXT',
  about: 'retires a published version that is neither in force nor being rolled out',
  options: { ...serverOption, reason: { type: 'string', about: 'why' } },
  run: async (args, terminal) => step(policyRetire, 'retire', { reason: textOption(args, 'reason') }, args, terminal),
}

async function step(command: Command, name: string, body: object | undefined, args: Arguments, terminal: Terminal) {
  const found = (await clientOf(args, terminal).post(`${versionPath(command, args)}/${name}`, body)) as Version
  show(args, terminal, found, () => describeVersion(found))
  return 0
}

/** The path of the version that the two positional arguments name. */
export function versionPath(command: Command, args: Arguments): string {
  const [pack, version, ...more] = args.positionals
  if (pack === undefined || version === undefined || more.length > 0)
    throw UsageWrong({ message: 'needs a pack and a version', usage: command.usage })
  return `/v1/policy-packs/${encodeURIComponent(pack)}/versions/${encodeURIComponent(version)}`
}

function numberOption(args: Arguments, name: string): Record<string, number> {
  const text = textOption(args, name)
  return text === undefined ? {} : { [name]: Number(text) }
}

export function show(args: Arguments, terminal: Terminal, found: object, describe: () => string): void {
  terminal.out(args.values['json'] === true ? `${JSON.stringify(found)}\n` : describe())
}

function packLine({ id, title, category, inForce, rolloutId, reviewBy, reviewDue }: Pack): string {
  const state = inForce === null ? 'nothing in force' : `${inForce.version} (${inForce.source})`
  const more = `${rolloutId === null ? '' : `  rolling out ${rolloutId}`}${reviewBy === null ? '' : `  review by ${reviewBy}${reviewDue === 0 ? ' (due)' : ''}`}`
  return `${id.padEnd(16)} ${category.padEnd(10)} ${state.padEnd(20)} ${plain(title)}${more}\n`
}

function describeVersion({ version, state, source, digest, missing, weakenings, steps }: Version): string {
  return [
    `${version} ${state.replaceAll('_', ' ')} (${source})\n${digest}\n`,
    ...steps.map(
      (one) => `${one.at}  ${one.kind} ${one.outcome} by ${one.by}${one.isCurrent ? '' : ' (of an earlier text)'}\n`,
    ),
    ...weakenings.map((one) => `weaker: ${plain(one.message)}\n`),
    ...missing.map((one) => `to do: ${plain(one)}\n`),
  ].join('')
}

function describeImpact({ decisions, replayed, flips, notReplayable, byRule, tookMs }: Impact): string {
  return [
    `${replayed} of ${decisions} recorded decisions were made again in ${(tookMs / 1000).toFixed(1)} s\n`,
    ...notReplayable.map((one) => `left out ${one.decisions}: ${plain(one.reason)}\n`),
    `${flips.toDeny} would be denied that were allowed, ${flips.toAllow} allowed that were denied, `,
    `${flips.otherReasons} denied for other reasons\n`,
    ...byRule.map((one) => `${one.rule}: ${one.toDeny} to deny, ${one.toAllow} to allow\n`),
  ].join('')
}
