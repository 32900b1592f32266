import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { PackDiff, TestReport } from '#kernel/policy'
import { type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { plain } from './plain.ts'
import { PolicyFileUnreadable } from './policy-check.ts'

/** Packs and tests are read as far as they may be long. */
export async function readPolicyFile(terminal: Terminal, path: string): Promise<string> {
  try {
    return await readFile(resolve(terminal.cwd, path), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reason = code === 'ENOENT' ? 'there is no such file' : 'it may not be opened'
    throw PolicyFileUnreadable({ path, reason }, error)
  }
}

/** `rules.yaml` has its tests in `rules.test.yaml`. */
export function testsPathOf(path: string): string {
  return path.replace(/(\.ya?ml)?$/, '.test.yaml')
}

export const policyTest: Command = {
  name: 'policy test',
  usage: 'policy test FILE [--tests FILE]',
  about:
    'runs the tests of a pack here, and tries whether they would notice a rule that was turned round: exit code 0 they hold, 1 not',
  options: { tests: { type: 'string', about: 'file of the tests (default: NAME.test.yaml beside NAME.yaml)' } },
  run: async (args, terminal) => {
    const path = onePositional(policyTest, args, 'file')
    const [{ mergeGround }, { runTests }] = await Promise.all([import('#domains/gates'), import('#kernel/policy')])
    const ground = mergeGround()
    const report = await runTests({
      text: await readPolicyFile(terminal, path),
      tests: await readPolicyFile(terminal, textOption(args, 'tests') ?? testsPathOf(path)),
      factsSchema: ground.factsSchema(),
      example: ground.exampleFacts(),
    })
    terminal.out(args.values['json'] === true ? `${JSON.stringify(report)}\n` : describeTests(report))
    return report.ok ? 0 : 1
  },
}

export const policyDiff: Command = {
  name: 'policy diff',
  usage: 'policy diff [OLD] NEW',
  about:
    'what a pack changes, rule by rule, compared with another file or with the pack of its id that the product ships',
  options: {},
  run: async (args, terminal) => {
    const [first, second, ...more] = args.positionals
    if (first === undefined || more.length > 0)
      throw UsageWrong({ message: 'takes one file, or two', usage: policyDiff.usage })
    const [{ mergeGround }, { checkPack, diffPacks }] = await Promise.all([
      import('#domains/gates'),
      import('#kernel/policy'),
    ])
    const ground = mergeGround()
    const packOf = async (path: string) => {
      const { pack, diagnostics } = checkPack(ground, await readPolicyFile(terminal, path), path)
      if (pack !== undefined) return pack
      const [mistake] = diagnostics
      throw PolicyFileUnreadable({ path, reason: `line ${mistake?.line}: ${mistake?.message}` })
    }
    const after = await packOf(second ?? first)
    const before = second === undefined ? ground.builtIns().find((one) => one.id === after.id) : await packOf(first)
    const diff = diffPacks(before, after)
    terminal.out(args.values['json'] === true ? `${JSON.stringify(diff)}\n` : describeDiff(diff))
    return 0
  },
}

export function describeTests({ problem, cases, untested, mutants }: TestReport): string {
  if (problem !== null) return `not run: ${plain(problem)}\n`
  const wrong = cases.flatMap((one) =>
    one.wrong.map(
      ({ rule, expected, got, message }) =>
        `wrong     ${plain(one.name)}: ${rule} is ${got}, not ${plain(expected)}${message === '' ? '' : ` (${plain(message)})`}\n`,
    ),
  )
  return [
    ...wrong,
    ...untested.map(({ rule, missing }) => `untested  ${rule}: no case sees it ${missing}\n`),
    ...mutants.survived.map((name) => `survives  ${plain(name)}\n`),
    `${cases.filter((one) => one.ok).length} of ${cases.length} cases hold; `,
    `${mutants.total} mutants, ${mutants.survived.length} survive${mutants.isLimited ? ', more were not tried' : ''}\n`,
  ].join('')
}

export function describeDiff(diff: PackDiff): string {
  const pair = (kind: string) => (one: PackDiff['params'][number]) =>
    `${kind} ${one.name}: ${plain(one.before ?? 'none')} -> ${plain(one.after ?? 'none')}\n`
  const lines = [
    ...diff.added.map((id) => `added     ${id}\n`),
    ...diff.removed.map((id) => `removed   ${id}\n`),
    ...diff.changed.flatMap(({ rule, changes }) =>
      changes.map(({ what, before, after }) => `changed   ${rule} ${what}: ${plain(before)} -> ${plain(after)}\n`),
    ),
    ...diff.params.map(pair('parameter')),
    ...diff.variables.map(pair('variable ')),
    ...diff.weakenings.map((one) => `weaker    ${plain(one.message)}\n`),
  ]
  return lines.length === 0 ? 'nothing that decides is different\n' : lines.join('')
}
