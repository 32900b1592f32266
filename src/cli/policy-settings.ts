import { type Arguments, type Command, flagOption, textOption, UsageWrong } from './command.ts'
import { needed } from './grant.ts'
import { clientOf, serverOption } from './server-access.ts'

type Value = string | number | boolean | readonly string[]
type Params = Readonly<Record<string, Readonly<Record<string, Value>>>>

interface Body {
  readonly modes: Readonly<Record<string, string>>
  readonly params: Params
  readonly repositoriesMayLower: boolean
}

interface Shown {
  readonly scope: string
  readonly teamName: string | null
  readonly revision: number
  readonly settings: Body
  readonly proposal: { readonly digest: string; readonly loosens: readonly string[] } | null
  readonly rules: readonly {
    readonly id: string
    readonly packMode: string
    readonly organization: string | null
    readonly team: string | null
    readonly holds: string
  }[]
  readonly params: readonly {
    readonly pack: string
    readonly name: string
    readonly type: string
    readonly packValue: Value
    readonly organization: Value | null
    readonly team: Value | null
    readonly holds: Value
  }[]
  readonly idle: readonly { readonly setting: string; readonly why: string }[]
}

const ofTeam = { team: { type: 'string', about: 'the id of a team (default: the organization)' } } as const
const changing = { ...serverOption, ...ofTeam, reason: { type: 'string', about: 'why' } } as const

export const policySettings: Command = {
  name: 'policy settings',
  usage: 'policy settings [--team ID] [--all]',
  about: 'shows what the organization, or a team, makes stricter than the packs in force',
  options: {
    ...serverOption,
    ...ofTeam,
    all: { type: 'boolean', about: 'every rule and parameter, also those that nobody makes stricter' },
  },
  run: async (args, terminal) => {
    if (args.positionals.length > 0) throw UsageWrong({ message: 'takes no arguments', usage: policySettings.usage })
    const found = (await clientOf(args, terminal).get(pathOf(args))) as Shown
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(found)}\n`)
    else terminal.out(describe(found, flagOption(args, 'all') === true))
    return 0
  },
}

export const policySettingsSet: Command = {
  name: 'policy settings set',
  usage:
    'policy settings set [RULE=MODE]... [--param PACK.NAME=VALUE]... [--repositories-may-lower yes|no] [--team ID] --reason TEXT',
  about: 'makes rules and parameters stricter for the organization or a team; the mode that a rule has already pins it',
  options: {
    ...changing,
    param: { type: 'string', multiple: true, about: 'a parameter with its value; a list is written with commas' },
    'repositories-may-lower': {
      type: 'string',
      about: 'no: a `.countersign.yaml` is only ever stricter, of the organization alone',
    },
  },
  run: async (args, terminal) => {
    const reason = needed(policySettingsSet, args, 'reason')
    const may = textOption(args, 'repositories-may-lower')
    if (may !== undefined && may !== 'yes' && may !== 'no')
      throw UsageWrong({ message: '`--repositories-may-lower` is `yes` or `no`', usage: policySettingsSet.usage })
    const [modes, values] = [args.positionals.map(pair), paramsOf(args).map(pair)]
    if (modes.length + values.length === 0 && may === undefined)
      throw UsageWrong({ message: 'needs something to set', usage: policySettingsSet.usage })
    return change(args, terminal, reason, (found) => ({
      modes: { ...found.settings.modes, ...Object.fromEntries(modes) },
      params: values.reduce((all, [name, text]) => withParam(all, found, name, text), found.settings.params),
      repositoriesMayLower: may === undefined ? found.settings.repositoriesMayLower : may === 'yes',
    }))
  },
}

export const policySettingsUnset: Command = {
  name: 'policy settings unset',
  usage: 'policy settings unset (RULE|PACK.NAME)... [--team ID] --reason TEXT',
  about: "takes settings back: a team's at once; the organization's when another person with the role security agrees",
  options: changing,
  run: async (args, terminal) => {
    const reason = needed(policySettingsUnset, args, 'reason')
    const names = args.positionals
    if (names.length === 0)
      throw UsageWrong({ message: 'needs a rule or a parameter', usage: policySettingsUnset.usage })
    return change(args, terminal, reason, ({ settings }) => {
      const strange = names.find((name) => !isSet(settings, name))
      if (strange !== undefined)
        throw UsageWrong({ message: `\`${strange}\` is not set there`, usage: policySettingsUnset.usage })
      return without(settings, names)
    })
  },
}

function pathOf(args: Arguments): string {
  return `/v1/policy-settings/${encodeURIComponent(textOption(args, 'team') ?? 'organization')}`
}

/** Reads what is set, and sets what follows from it, unless somebody else changed it in between. */
async function change(
  args: Arguments,
  terminal: Parameters<Command['run']>[1],
  reason: string,
  next: (found: Shown) => Body,
): Promise<number> {
  const client = clientOf(args, terminal)
  const found = (await client.get(pathOf(args))) as Shown
  const body = { settings: next(found), revision: found.revision, reason }
  const changed = (await client.put(pathOf(args), body)) as Shown
  if (args.values['json'] === true) terminal.out(`${JSON.stringify(changed)}\n`)
  else terminal.out(outcomeOf(found, changed))
  return 0
}

function outcomeOf(before: Shown, { revision, proposal }: Shown): string {
  if (revision !== before.revision) return `in force, revision ${revision}\n`
  if (proposal === null || proposal.digest === before.proposal?.digest) return 'nothing differs\n'
  const loosens = proposal.loosens.map((one) => `  ${one}\n`).join('')
  return `proposed, and not in force: another person with the role security decides in the console\n${loosens}`
}

/** `name=value` */
function pair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw UsageWrong({ message: `\`${text}\` has no value`, usage: policySettingsSet.usage })
  return [text.slice(0, at), text.slice(at + 1)]
}

function paramsOf({ values }: Arguments): readonly string[] {
  const given = values['param']
  return Array.isArray(given) ? given : []
}

function withParam(params: Params, { params: known }: Shown, setting: string, text: string): Params {
  const found = known.find((one) => `${one.pack}.${one.name}` === setting)
  if (found === undefined)
    throw UsageWrong({ message: `no pack in force has the parameter \`${setting}\``, usage: policySettingsSet.usage })
  return { ...params, [found.pack]: { ...params[found.pack], [found.name]: readValue(found.type, text) } }
}

/** What does not fit is sent as text: the server says what is wrong with it. */
function readValue(type: string, text: string): Value {
  if (type === 'list<string>') return text === '' ? [] : text.split(',').map((one) => one.trim())
  if (type === 'bool' && (text === 'true' || text === 'false')) return text === 'true'
  const isNumber = (type === 'int' || type === 'double') && text.trim() !== '' && Number.isFinite(Number(text))
  return isNumber ? Number(text) : text
}

function isSet({ modes, params }: Body, name: string): boolean {
  return Object.hasOwn(modes, name) || settingsIn(params).includes(name)
}

function settingsIn(params: Params): string[] {
  return Object.entries(params).flatMap(([pack, values]) => Object.keys(values).map((name) => `${pack}.${name}`))
}

function without({ modes, params, repositoriesMayLower }: Body, names: readonly string[]): Body {
  const kept = Object.entries(params).flatMap(([pack, values]) => {
    const own = Object.entries(values).filter(([name]) => !names.includes(`${pack}.${name}`))
    return own.length === 0 ? [] : [[pack, Object.fromEntries(own)] as const]
  })
  return {
    modes: Object.fromEntries(Object.entries(modes).filter(([rule]) => !names.includes(rule))),
    params: Object.fromEntries(kept),
    repositoriesMayLower,
  }
}

function describe(found: Shown, isAll: boolean): string {
  const { scope, teamName, revision, settings, rules, params, idle, proposal } = found
  const whose = scope === 'organization' ? 'the organization' : `team ${teamName ?? scope}`
  const lines = [
    ...rules.map((one) => ({ ...one, setting: one.id, pack: one.packMode })),
    ...params.map((one) => ({ ...one, setting: `${one.pack}.${one.name}`, pack: one.packValue })),
  ]
    .filter((one) => isAll || one.organization !== null || one.team !== null)
    .map(
      (one) =>
        `${one.setting}  pack ${textOf(one.pack)}  organization ${textOf(one.organization)}  team ${textOf(one.team)}  holds ${textOf(one.holds)}\n`,
    )
  return [
    `${whose}, revision ${revision}\n`,
    ...(settings.repositoriesMayLower ? [] : ['repositories may not lower anything\n']),
    ...(lines.length === 0 ? ['every rule is as its pack says\n'] : lines),
    ...idle.map(({ setting, why }) => `${setting} has no effect: ${why}\n`),
    ...(proposal === null ? [] : [`waits for another person: ${proposal.loosens.join('; ')}\n`]),
  ].join('')
}

function textOf(value: Value | null): string {
  if (value === null) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
