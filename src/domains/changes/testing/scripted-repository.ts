import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultGit, gitEnvironment } from '../repository/git.ts'

/** A commit as a test writes it down. */
export interface ScriptedCommit {
  readonly name: string
  /** Names of earlier commits; none: a root. */
  readonly parents?: readonly string[]
  readonly message: string | Buffer
  /** `Name <email>`. */
  readonly author?: string
  readonly committer?: string
  /** Seconds since 1970. */
  readonly at?: number
  readonly encoding?: string
  /** The new content of each path; null deletes it. */
  readonly files?: Readonly<Record<string, string | Buffer | null | { mode: string; content: string }>>
}

export interface ScriptedRepository {
  readonly path: string
  /** The id of a commit by its name. */
  oid(name: string): string
  git(...args: string[]): string
  /** Runs git with something to read. */
  gitWith(input: string | Buffer, ...args: string[]): string
  remove(): void
}

const person = 'Ada Writer <ada@example.com>'

/** Makes a bare repository whose branch `main` ends at the last commit. */
export function scriptRepository(
  commits: readonly ScriptedCommit[],
  objectFormat: 'sha1' | 'sha256' = 'sha1',
): ScriptedRepository {
  const path = mkdtempSync(join(tmpdir(), 'countersign-scripted-'))
  const run = (args: readonly string[], input?: string | Buffer) =>
    execFileSync('git', ['-C', path, ...args], {
      encoding: 'utf8',
      input: input ?? '',
      maxBuffer: 1 << 28,
      env: { ...gitEnvironment(defaultGit), GIT_ALLOW_PROTOCOL: 'file' },
      stdio: ['pipe', 'pipe', 'pipe'],
    }).trim()
  execFileSync('git', ['init', '-q', '--bare', `--object-format=${objectFormat}`, '-b', 'main', path])
  const marks = new Map(commits.map(({ name }, at) => [name, at + 1]))
  const marksFile = join(path, 'marks')
  run(['fast-import', '--quiet', '--date-format=raw', `--export-marks=${marksFile}`], importStream(commits, marks))
  const oids = new Map(
    execFileSync('cat', [marksFile], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.slice(1).split(' ') as [string, string]),
  )
  const oid = (name: string) => oids.get(String(marks.get(name))) ?? fail(name)
  const last = commits.at(-1)
  if (last !== undefined) run(['update-ref', 'refs/heads/main', oid(last.name)])
  return {
    path,
    oid,
    git: (...args) => run(args),
    gitWith: (input, ...args) => run(args, input),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** `count` lines `<word> 1`, `<word> 2`, ... */
export function lines(word: string, count: number): string {
  return Array.from({ length: count }, (_, at) => `${word} ${at + 1}\n`).join('')
}

function fail(name: string): never {
  throw new Error(`the script has no commit ${name}`)
}

function importStream(commits: readonly ScriptedCommit[], marks: ReadonlyMap<string, number>): Buffer {
  const parts = commits.flatMap((commit, at) => {
    const parents = (commit.parents ?? []).map((name) => `:${marks.get(name) ?? fail(name)}`)
    return [
      // A ref of its own for each: fast-import would make the ref's tip the parent of a root.
      `commit refs/scripted/${at}\nmark :${at + 1}\n`,
      ...head(commit, commit.at ?? 1_700_000_000 + at * 60),
      ...parents.map((parent, order) => `${order === 0 ? 'from' : 'merge'} ${parent}\n`),
      ...Object.entries(commit.files ?? {}).flatMap(([path, content]) => file(path, content)),
      '\n',
    ]
  })
  return Buffer.concat(['feature done\n', ...parts, 'done\n'].map((part) => Buffer.from(part)))
}

function head(commit: ScriptedCommit, at: number): (string | Buffer)[] {
  const author = commit.author ?? person
  return [
    `author ${author} ${at} +0000\ncommitter ${commit.committer ?? author} ${at} +0000\n`,
    commit.encoding === undefined ? '' : `encoding ${commit.encoding}\n`,
    ...data(commit.message),
  ]
}

function file(path: string, content: string | Buffer | null | { mode: string; content: string }): (string | Buffer)[] {
  const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
  if (content === null) return [`D ${quoted}\n`]
  if (typeof content === 'string' || Buffer.isBuffer(content)) return [`M 100644 inline ${quoted}\n`, ...data(content)]
  if (content.mode === '160000') return [`M 160000 ${content.content} ${quoted}\n`]
  return [`M ${content.mode} inline ${quoted}\n`, ...data(content.content)]
}

function data(content: string | Buffer): (string | Buffer)[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return [`data ${bytes.length}\n`, bytes, '\n']
}
