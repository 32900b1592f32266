import { writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { GateRun } from '#domains/gates'
import { DomainError } from '#platform/errors.ts'
import { type Arguments, type Command, type Terminal, textOption, UsageWrong } from './command.ts'
import { clientOf, serverOption } from './server-access.ts'

/** As `presentations` of the gates; told here so that help loads nothing of them. */
const formats = ['text', 'json', 'sarif', 'junit', 'annotations'] as const
type Format = (typeof formats)[number]

/** Asks the merge gate, here or on a server. Exit code 0: allowed; 1: failed or unknown; 2: error. */
export const gate: Command = {
  name: 'gate',
  usage: 'gate [COMMIT | BASE..HEAD] [--repo PATH] [--evidence FILE]... [--server URL] [--format F] [--out FILE]',
  about: 'judges a commit, or what merging a branch would bring, by the rules of the merge gate',
  options: {
    repo: { type: 'string', about: 'folder of the repository (default: the current one)' },
    evidence: {
      type: 'string',
      multiple: true,
      about: 'a report about the commit, as FILE or FORMAT=FILE; may be given again',
    },
    server: {
      type: 'string',
      about: `${serverOption.server.about}; without it the gate runs here and records nothing`,
    },
    format: { type: 'string', about: `how it answers: ${formats.join(', ')} (default: text)` },
    out: { type: 'string', about: 'a file for the answer, besides what is printed' },
  },
  run: async (args, terminal) => {
    const as = formatOption(args)
    const question = questionOf(args, terminal)
    const run =
      textOption(args, 'server') === undefined
        ? await runHere(question, terminal)
        : await runOnServer(question, args, terminal)
    const [{ exitCode, present }, { version }] = await Promise.all([import('#domains/gates'), import('#server')])
    const out = textOption(args, 'out')
    if (out === undefined) terminal.out(present(run, as, version))
    else {
      await writeFile(resolve(terminal.cwd, out), present(run, as, version))
      terminal.out(present(run, 'text', version))
    }
    return exitCode(run)
  },
}

interface Asked {
  readonly path: string
  readonly commit: string | undefined
  readonly base: string | undefined
  readonly files: readonly ReportFile[]
}

interface ReportFile {
  readonly path: string
  readonly format: string | undefined
}

function questionOf(args: Arguments, terminal: Terminal): Asked {
  const [what, ...more] = args.positionals
  if (more.length > 0) throw UsageWrong({ message: 'takes one commit or range', usage: gate.usage })
  const range = /^(.+?)\.\.\.?(.+)$/.exec(what ?? '')
  const files = args.values['evidence']
  return {
    path: resolve(terminal.cwd, textOption(args, 'repo') ?? '.'),
    commit: range?.[2] ?? what,
    base: range?.[1],
    files: Array.isArray(files) ? files.map((file: string) => reportFile(file, terminal)) : [],
  }
}

/** `FORMAT=FILE` for a report whose content does not tell what it is, such as one that found nothing. */
function reportFile(text: string, terminal: Terminal): ReportFile {
  const named = /^([a-z][a-z0-9-]*)=(.+)$/.exec(text)
  return { path: resolve(terminal.cwd, named?.[2] ?? text), format: named?.[1] }
}

/** Which of several reports was refused. */
async function naming<R>({ path }: ReportFile, work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const { ReportRefused } = await import('#domains/gates')
    throw ReportRefused({ name: basename(path), reason: error.message }, error)
  }
}

async function runHere({ path, commit, base, files }: Asked, terminal: Terminal): Promise<GateRun> {
  const [
    { createEvidenceReader, readReportFile },
    { createPolicySource, judgeLocally, runOf },
    { createPolicyEngine },
  ] = await Promise.all([import('#domains/evidence'), import('#domains/gates'), import('#kernel/policy')])
  const [{ timestamp }, { createLog }] = await Promise.all([import('#platform/clock.ts'), import('#platform/log.ts')])
  const reader = createEvidenceReader()
  const engine = createPolicyEngine({ workers: 1, log: createLog('error') })
  try {
    const reports = []
    for (const file of files) {
      const { path: name, format } = file
      const options = { name: basename(name), format, roots: [path], signal: terminal.signal }
      const parsed = await naming(file, async () => reader.read(await readReportFile(name), options))
      reports.push({ name: basename(name), parsed })
    }
    const judge = { engine, policy: createPolicySource() }
    const now = timestamp(Date.now())
    return runOf(await judgeLocally(judge, { path, commit, base, reports, now, signal: terminal.signal }), null)
  } finally {
    await reader.close()
    await engine.close()
  }
}

/** The server reads the same repository; reports are attached there first, so that the decision can be replayed. */
async function runOnServer(
  { path, commit, base, files }: Asked,
  args: Arguments,
  terminal: Terminal,
): Promise<GateRun> {
  const [{ readReportFile }, { GateRun: Answer }, { governedIn }] = await Promise.all([
    import('#domains/evidence'),
    import('#domains/gates'),
    import('./governed-in.ts'),
  ])
  const client = clientOf(args, terminal)
  const { repositoryId, headOid } = await governedIn(path, commit, client)
  for (const file of files) {
    const query = { repositoryId, commit: headOid, name: basename(file.path), format: file.format }
    await naming(file, async () => client.postBytes('/v1/evidence', query, await readReportFile(file.path)))
  }
  return Answer.parse(await client.post('/v1/gates/merge/runs', { repositoryId, commit: headOid, base }))
}

function formatOption(args: Arguments): Format {
  const named = args.values['json'] === true ? 'json' : (textOption(args, 'format') ?? 'text')
  const format = formats.find((one) => one === named)
  if (format !== undefined) return format
  throw UsageWrong({ message: `\`--format\` must be one of ${formats.join(', ')}`, usage: gate.usage })
}

interface RuleInForce {
  readonly id: string
  readonly title: string
  readonly clause: string | null
  readonly severity: string
  readonly mode: string
  readonly exception: string
}

export const gateRules: Command = {
  name: 'gate rules',
  usage: 'gate rules',
  about: 'lists the built-in rules of the merge gate',
  options: {},
  run: async (args, terminal) => {
    const { rulesInForce } = await import('#domains/gates')
    const items: RuleInForce[] = rulesInForce()
    const text = items.map(ruleLine).join('')
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ items })}\n` : text)
    return 0
  },
}

function ruleLine({ id, title, clause, severity, mode, exception }: RuleInForce): string {
  const about = [
    severity,
    mode,
    ...(clause === null ? [] : [clause]),
    ...(exception === 'never' ? ['no exception'] : []),
  ]
  return `${id.padEnd(36)} ${title} (${about.join(', ')})\n`
}
