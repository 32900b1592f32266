import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RepositoryUnreadable } from '../errors.ts'

/** Where the parts of a repository lie. For a linked work tree `gitDir` holds HEAD and `commonDir` the rest. */
export interface Location {
  /** The work tree, or the repository itself when it is bare. */
  readonly rootPath: string
  readonly gitDir: string
  readonly commonDir: string
  readonly bare: boolean
}

/**
 * Finds the repository at `path` or above it, as git does, without running git: a `.git` folder, a `.git` file
 * (linked work tree, submodule) or a bare repository.
 *
 * @throws RepositoryUnreadable
 */
export async function locate(path: string): Promise<Location> {
  const start = await realpath(path).catch((error: unknown) => {
    throw RepositoryUnreadable({ path, reason: 'the path does not exist or may not be read' }, error)
  })
  for (let folder = start; ; folder = dirname(folder)) {
    const found = await locateIn(folder, path)
    if (found !== undefined) return found
    if (folder === dirname(folder)) throw RepositoryUnreadable({ path, reason: 'it is not a git repository' })
  }
}

async function locateIn(folder: string, path: string): Promise<Location | undefined> {
  const dotGit = join(folder, '.git')
  const kind = await kindOf(dotGit)
  if (kind === 'file') {
    const target = /^gitdir: (.+?)\r?\n?$/.exec(await readSmall(dotGit, path))?.[1]
    if (target === undefined) throw RepositoryUnreadable({ path, reason: 'its `.git` file names no folder' })
    return withCommon(folder, resolve(folder, target), path)
  }
  if (kind === 'folder' && (await isGitDir(dotGit))) return withCommon(folder, dotGit, path)
  if (!(await isGitDir(folder))) return undefined
  return { rootPath: folder, gitDir: folder, commonDir: await commonOf(folder, path), bare: true }
}

async function withCommon(rootPath: string, gitDir: string, path: string): Promise<Location> {
  if ((await kindOf(join(gitDir, 'HEAD'))) !== 'file') {
    throw RepositoryUnreadable({ path, reason: 'its `.git` names a folder that is not a git repository' })
  }
  return { rootPath, gitDir, commonDir: await commonOf(gitDir, path), bare: false }
}

async function commonOf(gitDir: string, path: string): Promise<string> {
  const file = join(gitDir, 'commondir')
  if ((await kindOf(file)) !== 'file') return gitDir
  return resolve(gitDir, (await readSmall(file, path)).replace(/\r?\n$/, ''))
}

async function isGitDir(folder: string): Promise<boolean> {
  const kinds = await Promise.all(['HEAD', 'objects', 'refs'].map((name) => kindOf(join(folder, name))))
  return kinds[0] === 'file' && kinds[1] === 'folder' && kinds[2] === 'folder'
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'none'> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return 'file'
  return found?.isDirectory() ? 'folder' : 'none'
}

async function readSmall(file: string, path: string): Promise<string> {
  const { size } = await stat(file)
  if (size > 65_536) throw RepositoryUnreadable({ path, reason: 'a file that only names a folder is too large' })
  return readFile(file, 'utf8')
}
