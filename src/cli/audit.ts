import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Judge } from '#domains/gates'
import type { MadePack } from '#domains/packs'
import type { Core } from '#server'
import {
  type Arguments,
  type Command,
  flagOption,
  onePositional,
  type Terminal,
  textOption,
  UsageWrong,
} from './command.ts'

/** Governs a history without a server: a fresh ledger in a temporary folder, which the pack then carries whole. */
export const audit: Command = {
  name: 'audit',
  usage: 'audit PATH [--since D] [--until D] [--branch B] [--out DIR]',
  about: 'reads the history of a git repository and writes report.html, report.json and evidence-pack.zip',
  options: {
    since: { type: 'string', about: 'only changes merged at or after this date (2026-01-31)' },
    until: { type: 'string', about: 'only changes merged before this date' },
    branch: { type: 'string', about: 'branch, tag or commit (default: what HEAD names)' },
    out: { type: 'string', about: 'folder for the files (default: countersign-audit)' },
    'by-person': { type: 'boolean', about: 'adds figures of individuals to the report' },
  },
  run: async (args, terminal) => {
    const path = resolve(terminal.cwd, onePositional(audit, args, 'path'))
    const period = { since: dateOption(args, 'since'), until: dateOption(args, 'until') }
    const folder = await mkdtemp(join(tmpdir(), 'countersign-audit-'))
    // as root, the database runs as another user, who must be able to pass
    await chmod(folder, 0o711)
    try {
      return await auditInto(folder, path, period, args, terminal)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

interface Period {
  readonly since: number | undefined
  readonly until: number | undefined
}

async function auditInto(
  folder: string,
  path: string,
  period: Period,
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const judge = await prepareJudge()
  try {
    const core = await openAuditCore(join(folder, 'data'), terminal.env['XDG_RUNTIME_DIR'])
    try {
      const asked = { ...period, branch: textOption(args, 'branch') }
      const governed = await govern(core, judge, path, asked, terminal)
      // its thread and WebAssembly are a fifth of the memory, and the pack needs none of it, nor what judging left behind
      await judge.engine.close()
      globalThis.gc?.()
      return await report(core, governed, period, args, terminal)
    } finally {
      await core.stop()
    }
  } finally {
    await judge.engine.close()
  }
}

interface Governed {
  readonly repositoryId: string
  readonly changes: number
}

async function report(
  core: Core,
  { repositoryId, changes }: Governed,
  period: Period,
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const [{ makePack }, { createGovernance, version }] = await Promise.all([import('#domains/packs'), import('#server')])
  const out = resolve(terminal.cwd, textOption(args, 'out') ?? 'countersign-audit')
  const governance = createGovernance(core)
  const maker = { db: core.db, ledger: core.ledger, keysFolder: core.folder.keys, version, governance }
  const made = await makePack(maker, core.service('audit'), {
    repositoryId,
    folder: out,
    people: flagOption(args, 'by-person') === undefined ? 'omit' : 'include',
    period: { from: isoDate(period.since), to: isoDate(period.until) },
  })
  terminal.out(args.values['json'] === true ? asJson(out, changes, made) : asText(out, changes, made))
  return 0
}

/** The engine, whose thread starts while a database comes into being: there are two processors. */
async function prepareJudge(): Promise<Judge> {
  const [{ createPolicyEngine }, { createPolicySource }, { createLog }] = await Promise.all([
    import('#kernel/policy'),
    import('#domains/gates'),
    import('#platform/log.ts'),
  ])
  const engine = createPolicyEngine({ workers: 1, log: createLog('error') })
  engine.warm()
  return { engine, policy: createPolicySource() }
}

/** Reads the history into the ledger, then assesses and judges each of its changes. */
async function govern(
  core: Core,
  judge: Judge,
  path: string,
  options: Period & { readonly branch: string | undefined },
  { signal, interactive, err }: Terminal,
): Promise<Governed> {
  const ctx = core.service('audit')
  const [{ importRepository, registerRepository }, { judgeChanges }] = await Promise.all([
    import('#domains/changes'),
    import('#domains/gates'),
  ])
  const repositoryId = await registerRepository(core.db, ctx, path)
  const imported = await importRepository(core.db, ctx, repositoryId, {
    ...options,
    signal,
    onProgress: (changes) => {
      if (changes > unpublishedMax) core.ledger.startWriter()
      if (interactive) err(`\r${changes} changes read`)
    },
  })
  core.ledger.startWriter()
  if (interactive) err('\n')
  await judgeChanges(core.db, ctx, judge, { repositoryId, signal })
  return { repositoryId, changes: imported.newChanges }
}

function asJson(out: string, changes: number, { headline, report, sha256, bytes, fingerprint }: MadePack): string {
  const { ai, share, totals } = report
  return `${JSON.stringify({ out, changes, headline, ai, share, totals, pack: { sha256, bytes }, fingerprint })}\n`
}

function asText(out: string, changes: number, { headline, report, fingerprint }: MadePack): string {
  const pack = join(out, 'evidence-pack.zip')
  const files = ['report.html', 'report.json'].map((name) => `  ${join(out, name)}\n`).join('')
  const told = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([word, count]) => `${count} ${word}`)
      .join(', ')
  const { totals } = report
  const governed = totals === undefined ? '' : `risk: ${told(totals.byLevel)}\nmerge gate: ${told(totals.byResult)}\n`
  const verify = `verify with: countersign verify ${pack} --keys ${join(out, 'keys.json')}`
  return `${headline}\n${changes} changes\n${governed}${files}  ${pack}\nkeys ${fingerprint}\n${verify}\n`
}

/**
 * Nobody sees the log before the pack, so a history of up to so many changes is published once, at its end; of a longer one
 * the writer would have too much at once to hold in little memory.
 */
const unpublishedMax = 20_000

/** The kernel of one audit, in a folder that is new and is removed after it: `docs/decisions/0003`. */
export async function openAuditCore(data: string, runtimeDir: string | undefined): Promise<Core> {
  const [{ loadConfig }, { createLog }, { describeModules, openCore }] = await Promise.all([
    import('#platform/config.ts'),
    import('#platform/log.ts'),
    import('#server'),
  ])
  return openCore({
    config: loadConfig({ data }, {}),
    log: createLog('error'),
    dataWasNamed: true,
    runtimeDir,
    modules: describeModules(),
    searchIndex: 'leave',
    lifetime: 'this-run',
    publishing: 'later',
  })
}

function dateOption(args: Arguments, name: string): number | undefined {
  const text = textOption(args, name)
  if (text === undefined) return undefined
  const ms = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms))
    throw UsageWrong({ message: `\`--${name}\` must be a date such as 2026-01-31`, usage: audit.usage })
  return ms
}

function isoDate(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
