import { type Arguments, type Command, onePositional, textOption } from './command.ts'
import { plain } from './plain.ts'
import { clientOf, serverOption } from './server-access.ts'

interface Summary {
  readonly id: string
  readonly gate: string
  readonly result: string
  readonly decision: string
  readonly enforced: boolean
  readonly decidedAt: string
  readonly targets: readonly string[]
}

interface Decision extends Summary {
  readonly rules: readonly Rule[]
  readonly authorization: {
    readonly decision: string
    readonly determining: readonly { readonly id: string; readonly effect: string; readonly reason: string }[]
    readonly errors: readonly string[]
  }
  readonly errors: readonly string[]
  readonly candidates: readonly {
    readonly packId: string
    readonly version: string
    readonly mode: string
    readonly decision: string
  }[]
}

interface Rule {
  readonly id: string
  readonly title: string
  readonly mode: string
  readonly status: string
  readonly owner: string
  readonly message: string
  readonly remediation?: string
  readonly fix?: string
  readonly unknown: readonly { readonly what: string; readonly howToKnow: string }[]
  readonly locations: readonly { readonly path: string; readonly line: number | null }[]
}

/** Options by which decisions are found, and the parameter of the server that each is. */
const filters = {
  gate: ['gate', 'only decisions of this gate: merge, deploy'],
  result: ['result', 'only decisions with this result: pass, fail, unknown, error'],
  decision: ['decision', 'only those that allow or deny: allow, deny'],
  enforced: ['enforced', 'only those that were acted on, or were not: true, false'],
  rule: ['rule', 'only decisions in which this rule did not pass, such as `quality.coverage`'],
  status: ['status', 'the status of that rule: pass, fail, excepted, unknown, not_applicable, error'],
  target: ['target', 'only decisions about this, such as `change:chg_…`'],
  repository: ['repositoryId', 'only decisions about this repository'],
  from: ['from', 'made at or after this time'],
  to: ['to', 'made before this time'],
  words: ['words', 'with all of these words in what the rules said'],
} as const

const filterOptions = Object.fromEntries(
  Object.entries(filters).map(([name, [, about]]) => [name, { type: 'string', about } as const]),
)

function filterOf(args: Arguments): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(filters).map(([name, [parameter]]) => [parameter, textOption(args, name)]))
}

export const decisionExport: Command = {
  name: 'decision export',
  usage: 'decision export [--rule R] [--decision D] [--repository ID] [--from T] [--to T]',
  about: 'every decision that the filters find, a line of JSON each with what its rules answered; the read is recorded',
  options: { ...serverOption, ...filterOptions },
  run: async (args, terminal) => {
    const given = Object.entries(filterOf(args)).filter((pair): pair is [string, string] => pair[1] !== undefined)
    const decoder = new TextDecoder()
    const take = async (chunk: Uint8Array) => terminal.out(decoder.decode(chunk, { stream: true }))
    const path = `/v1/decisions/export?${new URLSearchParams(given)}`
    await clientOf(args, terminal).getFile(path, take, terminal.signal)
    return 0
  },
}

export const decisionList: Command = {
  name: 'decision list',
  usage: 'decision list [--rule R] [--decision D] [--repository ID] [--from T] [--words W] [--limit N] [--cursor C]',
  about: 'lists decisions, newest first; the read is recorded',
  options: {
    ...serverOption,
    ...filterOptions,
    limit: { type: 'string', about: 'most decisions to show (default: 50)' },
    cursor: { type: 'string', about: 'goes on where the last answer said `next`' },
  },
  run: async (args, terminal) => {
    const query = {
      ...filterOf(args),
      limit: textOption(args, 'limit'),
      cursor: textOption(args, 'cursor'),
    }
    const page = (await clientOf(args, terminal).get('/v1/decisions', query)) as {
      items: Summary[]
      next: string | null
    }
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(page)}\n`)
    else {
      const more = page.next === null ? '' : `older ones: add --cursor ${page.next}\n`
      terminal.out(page.items.length === 0 ? 'no decision matches\n' : `${page.items.map(line).join('')}${more}`)
    }
    return 0
  },
}

export const decisionShow: Command = {
  name: 'decision show',
  usage: 'decision show ID [--facts]',
  about: 'one decision with what each rule answered, who can mend it and how; the read is recorded',
  options: {
    ...serverOption,
    facts: {
      type: 'boolean',
      about: 'the facts as the engine saw them, in JSON; needs the permission `decision:facts`',
    },
  },
  run: async (args, terminal) => {
    const id = encodeURIComponent(onePositional(decisionShow, args, 'decision id'))
    const path = args.values['facts'] === true ? `/v1/decisions/${id}/facts` : `/v1/decisions/${id}`
    const found = await clientOf(args, terminal).get(path)
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(found)}\n`)
    else if (args.values['facts'] === true) terminal.out(`${JSON.stringify(found, null, 2)}\n`)
    else terminal.out(describe(found as Decision))
    return 0
  },
}

export const decisionReplay: Command = {
  name: 'decision replay',
  usage: 'decision replay ID',
  about: 'makes a decision again from the recorded facts and policies: exit code 0 same to the byte, 1 not',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(decisionReplay, args, 'decision id')
    const path = `/v1/decisions/${encodeURIComponent(id)}/replay`
    const replay = (await clientOf(args, terminal).post(path, undefined)) as {
      same: boolean
      replayable: boolean
      reason: string | null
    }
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(replay)}\n`)
    else if (!replay.same) terminal.out(`not the same: ${replay.reason}\n`)
    else if (replay.replayable) terminal.out('same: the verdict has the recorded bytes\n')
    else terminal.out(`same as far as it can be made again: ${replay.reason}\n`)
    return replay.same ? 0 : 1
  },
}

function line({ id, gate, result, decision, enforced, decidedAt, targets }: Summary): string {
  const outcome = `${decision}${enforced ? '' : ' (not enforced)'}`
  return `${id}  ${decidedAt}  ${gate.padEnd(6)}  ${result.padEnd(7)}  ${outcome.padEnd(5)}  ${targets.map(plain).join(' ')}\n`
}

/** What needs doing first; what passes is counted. */
function describe(decision: Decision): string {
  const open = decision.rules.filter((one) => !['pass', 'not_applicable'].includes(one.status))
  const passed = decision.rules.filter((one) => one.status === 'pass').length
  const rest = decision.rules.length - open.length - passed
  const { determining, errors } = decision.authorization
  return [
    line(decision),
    ...decision.errors.map((one) => `error    ${plain(one)}\n`),
    ...open.map(describeRule),
    `${passed} rules pass, ${rest} do not apply\n`,
    ...determining.map((one) => `${one.effect.padEnd(8)} ${one.id}: ${plain(one.reason)}\n`),
    ...errors.map((one) => `error    ${plain(one)}\n`),
    ...decision.candidates.map(
      (one) =>
        `rolling out ${one.packId} ${one.version} (${one.mode}): ${one.decision === 'deny' ? 'denies' : 'allows'} it\n`,
    ),
  ].join('')
}

function describeRule({ status, id, mode, owner, message, remediation, fix, unknown, locations }: Rule): string {
  const places = locations.slice(0, 5).map(({ path, line: at }) => `${plain(path)}${at === null ? '' : `:${at}`}`)
  const detail = [
    ...(places.length === 0 ? [] : [`at ${places.join(', ')}${locations.length > 5 ? ', …' : ''}`]),
    ...(remediation === undefined ? [] : [`${owner}: ${plain(remediation)}`]),
    ...unknown.filter((one) => one.howToKnow !== '').map((one) => `to know: ${plain(one.howToKnow)}`),
    ...(fix === undefined ? [] : [`run: ${plain(fix)}`]),
  ]
  const head = `${status.padEnd(8)} ${id}${mode === 'enforce' ? '' : ` (${mode})`}: ${plain(message)}\n`
  return `${head}${detail.map((one) => `         ${one}\n`).join('')}`
}
