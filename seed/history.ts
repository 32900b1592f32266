import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person, RepositoryPlan } from './company.ts'
import { type PlannedChange, planChanges } from './plan.ts'

/**
 * Makes the git repository of a plan at `path`, which must not be there yet: one commit a change on `main`, as forges squash
 * them, and the notes that git-ai would have kept.
 *
 * @returns the commit of each change, by its number
 */
export async function makeHistory(path: string, plan: RepositoryPlan, untilMs: number): Promise<readonly string[]> {
  await mkdir(path, { recursive: true })
  await run(path, ['init', '--quiet', '--initial-branch=main', '.'])
  const marks = join(path, '.git', 'seed-marks')
  const child = spawn('git', ['fast-import', '--quiet', `--export-marks=${marks}`], {
    cwd: path,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  for (const text of stream(plan, untilMs)) {
    if (!child.stdin.write(text)) await once(child.stdin, 'drain')
  }
  child.stdin.end()
  await ended(child, 'fast-import')
  await run(path, ['checkout', '--quiet', '--force', 'main'])
  const commits = readMarks(await readFile(marks, 'utf8'))
  await rm(marks)
  return commits
}

/** Mark 1 is the first commit, which has the settings; the change of number n has mark n + 1. */
function* stream(plan: RepositoryPlan, untilMs: number): Generator<string> {
  const notes: string[] = []
  for (const change of planChanges(plan, untilMs)) {
    if (change.number === 1) yield firstCommit(plan, change)
    const { author, merger, mergedAtMs, written, number } = change
    const files = written.map((one) => `M 100644 inline ${one.path}\n${data(one.text())}`)
    yield commitOf({ mark: number + 1, author, merger, atMs: mergedAtMs, message: messageOf(change), files })
    if (change.hasLineRecord) notes.push(`N inline :${number + 1}\n${data(noteOf(change))}`)
  }
  if (notes.length > 0) {
    const when = `${Math.floor(untilMs / 1000)} +0000`
    yield `commit refs/notes/ai\ncommitter git-ai <git-ai@harbour.example> ${when}\n${data('Notes\n')}`
    yield* notes
    yield '\n'
  }
}

function firstCommit(plan: RepositoryPlan, { author, merger, mergedAtMs }: PlannedChange): string {
  const files = [
    `M 100644 inline README.md\n${data(`# ${plan.name}\n\nOf Harbour Bank, which does not exist.\n`)}`,
    `M 100644 inline .countersign.yaml\n${data(rulesOf(plan))}`,
  ]
  return commitOf({ mark: 1, author, merger, atMs: mergedAtMs - 3_600_000, message: `Begin ${plan.name}\n`, files })
}

function rulesOf({ areas }: RepositoryPlan): string {
  const isPayment = areas.some((area) => area.folder === 'src/payments')
  const paths = isPayment
    ? '    - { match: ["src/payments/**"], category: payment, dataSensitivity: critical, systemCriticality: high, regulatoryImpact: medium, reason: money moves here }\n    - { match: ["src/auth/**"], category: authentication, dataSensitivity: high, systemCriticality: high, reason: who may do what }\n'
    : `    - { match: ["${areas[0]?.folder}/**"], systemCriticality: medium, reason: what customers see }\n`
  return `version: 1\nrisk:\n  defaults: { dataSensitivity: low, systemCriticality: low }\n  paths:\n${paths}gate:\n  params:\n    quality: { minCoverage: 75 }\n`
}

interface CommitText {
  readonly mark: number
  readonly author: Person
  readonly merger: Person
  readonly atMs: number
  readonly message: string
  readonly files: readonly string[]
}

function commitOf({ mark, author, merger, atMs, message, files }: CommitText): string {
  const seconds = Math.floor(atMs / 1000)
  const who = ({ name, email }: Person) => `${name} <${email}> ${seconds} +0000`
  const from = mark === 1 ? '' : `from :${mark - 1}\n`
  const head = `commit refs/heads/main\nmark :${mark}\nauthor ${who(author)}\ncommitter ${who(merger)}\n`
  return `${head}${data(message)}${from}${files.join('')}\n`
}

function messageOf({ title, number, ticket, tool }: PlannedChange): string {
  const trailers = tool === undefined ? '' : `\n${tool.trailer}\n`
  const about = ticket === undefined ? '' : `\nFor ${ticket}.\n`
  return `${ticket === undefined ? '' : `${ticket} `}${title} (#${number})\n${about}${trailers}`
}

/** git-ai authorship note, version 3. */
function noteOf({ written, author, tool }: PlannedChange): string {
  const session = 's_0123456789abcd'
  const human = 'h_0123456789abcd'
  const lines = written
    .filter((one) => one.isCode)
    .map((one) => `${one.path}\n  ${one.isByTool ? `${session}::t_0123456789abcd` : human} ${one.from}-${one.to}\n`)
  const agent = { agent_id: { tool: tool?.id, id: 'seed', model: 'seed-model-1' } }
  const metadata = {
    schema_version: 'authorship/3.0.0',
    base_commit_sha: '0'.repeat(40),
    prompts: {},
    ...(tool === undefined ? {} : { sessions: { [session]: agent } }),
    humans: { [human]: { author: `${author.name} <${author.email}>` } },
  }
  return `${lines.join('')}---\n${JSON.stringify(metadata)}\n`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

/** `:2 <oid>` a line; the answer has the commit of change n at n. */
function readMarks(text: string): string[] {
  const commits: string[] = []
  for (const line of text.split('\n')) {
    const [, mark, oid] = /^:(\d+) ([0-9a-f]{40})$/.exec(line) ?? []
    if (mark !== undefined && oid !== undefined) commits[Number(mark) - 1] = oid
  }
  return commits
}

async function run(cwd: string, args: readonly string[]): Promise<void> {
  await ended(spawn('git', args, { cwd, stdio: 'inherit' }), args[0] ?? 'git')
}

async function ended(child: ReturnType<typeof spawn>, what: string): Promise<void> {
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`git ${what} ended with ${code}`)
}
