import { BranchMissing, RepositoryUnreadable } from '../errors.ts'
import { defaultGit, type GitBinary, gitOutput, gitVersion } from './git.ts'
import { locate } from './locate.ts'
import { openScratch, type Scratch } from './scratch.ts'

/** A repository at the moment that it was opened. */
export interface RepositoryState {
  readonly rootPath: string
  readonly bare: boolean
  readonly shallow: boolean
  readonly objectFormat: 'sha1' | 'sha256'
  /** The branch that HEAD names; undefined when it names a commit. */
  readonly headRef: string | undefined
  /** undefined when there is no commit yet. */
  readonly headOid: string | undefined
  readonly notesRefs: readonly string[]
  readonly gitVersion: string
  /** Without user name, password and query. */
  readonly remoteUrl: string | undefined
}

export interface RepositoryInfo extends RepositoryState {
  /**
   * The same for every full clone: the oldest commit of the first-parent chain. For a shallow one its remote or, in
   * want of that, its path.
   */
  readonly identity: string
}

export interface OpenRepository {
  readonly info: RepositoryState
  readonly place: Scratch
}

export interface OpenOptions {
  readonly path: string
  readonly git?: GitBinary | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * What can be said of the repository at `path` without reading its history.
 *
 * @throws RepositoryUnreadable, GitMissing, GitTooOld
 */
export async function openRepository(options: OpenOptions): Promise<RepositoryInfo> {
  const repository = await open(options)
  try {
    return { ...repository.info, identity: await identityOf(repository, options.signal) }
  } finally {
    await repository.place.close()
  }
}

/** The same, and a place to run git in; the caller closes it. */
export async function open({ path, git = defaultGit, signal }: OpenOptions): Promise<OpenRepository> {
  const version = await gitVersion(git)
  const location = await locate(path)
  const place = await openScratch(location, path, git)
  try {
    const listNotes = ['for-each-ref', '--format=%(refname)', '--count=1000', 'refs/notes/']
    const [head, headRef, notes] = await Promise.all([
      headOf(place, signal),
      quiet(place, ['symbolic-ref', '--quiet', 'HEAD'], signal),
      gitOutput(place, listNotes, { maxBytes: 1_048_576, signal }),
    ])
    const { remoteUrl, objectFormat } = place.settings
    const info = {
      rootPath: location.rootPath,
      bare: location.bare,
      shallow: place.shallow,
      objectFormat,
      headRef,
      headOid: head,
      notesRefs: notes.toString('utf8').split('\n').filter(Boolean),
      gitVersion: version,
      remoteUrl,
    }
    return { info, place }
  } catch (error) {
    await place.close()
    throw error
  }
}

/**
 * The commit that a branch, tag or id names.
 *
 * @throws BranchMissing
 */
export async function resolveCommit(place: Scratch, branch: string, signal?: AbortSignal): Promise<string> {
  const found =
    branch.startsWith('-') || /[\p{Cc} ~^:?*[\\]/u.test(branch)
      ? undefined
      : await quiet(place, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${branch}^{commit}`], signal)
  if (found === undefined) throw BranchMissing({ branch: branch.slice(0, 200) })
  return found
}

/** undefined: there is no commit yet. A HEAD whose commit is gone is damage, not an empty repository. */
async function headOf(place: Scratch, signal: AbortSignal | undefined): Promise<string | undefined> {
  const named = await quiet(place, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal)
  if (named === undefined) return undefined
  const head = await quiet(place, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], signal)
  if (head === undefined)
    throw RepositoryUnreadable({ path: place.path, reason: 'the commit that HEAD names is missing' })
  return head
}

/** See `RepositoryInfo.identity`; git walks the whole branch for it. */
export async function identityOf({ info, place }: OpenRepository, signal?: AbortSignal): Promise<string> {
  if (info.headOid === undefined || info.shallow) return `at:${info.remoteUrl ?? info.rootPath}`
  const roots = await gitOutput(place, ['rev-list', '--first-parent', '--max-parents=0', info.headOid, '--'], {
    maxBytes: 65_536,
    signal,
  })
  return `root:${roots.toString('latin1').trim().split('\n').at(-1)}`
}

/** The one line that git says; undefined when it ends with an error, which for these questions means "no". */
async function quiet(place: Scratch, args: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
  try {
    const said = await gitOutput(place, args, { maxBytes: 65_536, signal })
    return said.toString('utf8').trim() || undefined
  } catch (error) {
    if (RepositoryUnreadable.is(error)) return undefined
    throw error
  }
}

/** The commit at which two lines of history part; undefined when they have nothing in common. */
export async function mergeBase(
  place: Scratch,
  a: string,
  b: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return quiet(place, ['merge-base', a, b], signal)
}

/** The first parent of a commit; undefined for a root, and where a shallow clone ends. */
export async function parentOf(place: Scratch, oid: string, signal?: AbortSignal): Promise<string | undefined> {
  return quiet(place, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${oid}^1`], signal)
}
