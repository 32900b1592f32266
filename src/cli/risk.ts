import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { DescribedRule, JudgedPath } from '#domains/risk'
import { readIfThere } from '#platform/read-if-there.ts'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { plain } from './plain.ts'
import { clientOf, serverOption } from './server-access.ts'

interface Assessed {
  readonly id: string
  readonly number: number
  readonly assessedAt: string
  readonly level: string
  readonly score: { readonly used: number; readonly low: number; readonly high: number }
  readonly factors: readonly {
    name: string
    value: string
    points?: number
    multiplier?: number
    source: string
    reason: string
  }[]
  readonly requiredControls: readonly string[]
  readonly recommendations: readonly string[]
}

export const riskShow: Command = {
  name: 'risk show',
  usage: 'risk show CHANGE',
  about: 'the risk of a change: score, level, every factor with its reason, and what it asks for',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(riskShow, args, 'change id')
    const page = (await clientOf(args, terminal).get(`/v1/changes/${encodeURIComponent(id)}/risk`)) as {
      items: Assessed[]
    }
    if (args.values['json'] === true) terminal.out(`${JSON.stringify(page)}\n`)
    else terminal.out(page.items.length === 0 ? 'not assessed yet\n' : page.items.map(describe).join('\n'))
    return 0
  },
}

export const riskRules: Command = {
  name: 'risk rules',
  usage: 'risk rules [--repo PATH] [--paths FILE]',
  about:
    'the path rules of a work tree and the built-in ones, or what they say of paths: exit code 1 when its file has mistakes',
  options: {
    repo: { type: 'string', about: 'folder with the `.countersign.yaml` (default: this one)' },
    paths: { type: 'string', about: 'file with one path a line to judge' },
  },
  run: async (args, terminal) => {
    if (args.positionals.length > 0) throw UsageWrong({ message: 'takes no arguments', usage: riskRules.usage })
    const { describeRules, pathsJudge, readRules, rulesPath } = await import('#domains/risk')
    const folder = resolve(terminal.cwd, textOption(args, 'repo') ?? '.')
    const read = readRules(await readIfThere(join(await existing(folder), rulesPath)), rulesPath)
    const paths = await pathsOf(args, terminal)
    const { problems } = read
    if (paths !== undefined) {
      const judged = paths.map(pathsJudge(read.rules))
      show(args, terminal, { state: read.rules.state, problems, paths: judged }, judged.map(pathLine))
    } else {
      const described = describeRules(read)
      show(args, terminal, described, described.rules.map(ruleLine))
    }
    for (const one of problems) {
      terminal.err(
        `${one.source}:${one.line}:${one.column}: ${one.message}${one.help === undefined ? '' : ` (${one.help})`}\n`,
      )
    }
    return problems.length > 0 ? 1 : 0
  },
}

function show(args: Arguments, terminal: Terminal, answer: object, lines: readonly string[]): void {
  terminal.out(args.values['json'] === true ? `${JSON.stringify(answer)}\n` : lines.join(''))
}

async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return folder
  throw UsageWrong({ message: `\`--repo\` must be a folder, \`${plain(folder)}\` is none`, usage: riskRules.usage })
}

async function pathsOf(args: Arguments, terminal: Terminal): Promise<string[] | undefined> {
  const file = textOption(args, 'paths')
  if (file === undefined) return undefined
  const text = await readFile(resolve(terminal.cwd, file), 'utf8').catch(() => {
    throw UsageWrong({ message: '`--paths` must be a file that can be read', usage: riskRules.usage })
  })
  return text.split(/\r?\n/).filter((line) => line !== '')
}

function describe({ id, number, assessedAt, level, score, ...rest }: Assessed): string {
  const interval = score.low === score.high ? '' : ` (between ${score.low} and ${score.high})`
  const factors = rest.factors.map(
    (one) =>
      `  ${one.name.padEnd(18)}${(one.points === undefined ? `x${one.multiplier}` : `+${one.points}`).padEnd(6)}${one.value.padEnd(15)}${one.source.padEnd(9)}${plain(one.reason)}\n`,
  )
  const controls = rest.requiredControls.map(
    (control, at) => `  ${control.padEnd(21)}${rest.recommendations[at] ?? ''}\n`,
  )
  return `${level.toUpperCase()} ${score.used}${interval}  assessment ${number} of ${assessedAt}  ${id}\n${factors.join('')}${controls.join('')}`
}

function ruleLine(rule: DescribedRule): string {
  const values = [rule.dataSensitivity, rule.systemCriticality, rule.regulatoryImpact].map((value) =>
    (value ?? '-').padEnd(9),
  )
  const about = rule.about === undefined ? '' : plain(rule.about)
  return `${rule.id.padEnd(16)}${rule.effect.padEnd(6)}${values.join('')}${rule.source.padEnd(18)}${about}\n`
}

function pathLine({ path, dataSensitivity, systemCriticality, regulatoryImpact, rules }: JudgedPath): string {
  const values = [dataSensitivity, systemCriticality, regulatoryImpact].map(({ value }) => value.padEnd(9))
  return `${values.join('')}${plain(path)}  ${rules.length === 0 ? 'no rule' : rules.join(', ')}\n`
}
