import { copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RepositoryUnreadable } from '../errors.ts'
import { type GitBinary, type GitPlace, gitOutput } from './git.ts'
import type { Location } from './locate.ts'

/** What a repository's own configuration says and we need; read as data, includes not followed. */
interface RepositorySettings {
  readonly objectFormat: 'sha1' | 'sha256'
  readonly remoteUrl: string | undefined
  readonly partialClone: boolean
}

export interface Scratch extends GitPlace {
  readonly settings: RepositorySettings
  readonly shallow: boolean
  /** Deletes the folder. Nothing of the repository itself is ever written or deleted. */
  close(): Promise<void>
}

// The empty tree has an id without being stored; as `attr.tree` it keeps newer versions of git from reading attributes.
const emptyTree = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
}
const bigFileBytes = 8 * 1024 * 1024

/** Text files larger than this are shown by git as binary, so that no diff holds them in memory. */
export const fileBytesMax = bigFileBytes

/**
 * Makes an empty bare repository of our own that borrows the objects and refs of the one at `location`.
 *
 * Git reads configuration, attributes, hooks and grafts from its own folder only; as that is ours, a hostile
 * repository has no setting to run anything with, whichever settings future versions add. It also makes the owner of
 * the files irrelevant (`safe.directory`), and no lock or index is ever written to the repository.
 */
export async function openScratch(location: Location, path: string, git: GitBinary): Promise<Scratch> {
  const gitDir = await mkdtemp(join(tmpdir(), 'countersign-git-'))
  const close = () => rm(gitDir, { recursive: true, force: true })
  const place = { git, gitDir, path, close }
  try {
    await mkdir(join(gitDir, 'objects', 'info'), { recursive: true })
    await writeFile(join(gitDir, 'objects', 'info', 'alternates'), alternate(join(location.commonDir, 'objects'), path))
    const settings = await readSettings(place, location)
    if (settings.partialClone) {
      throw RepositoryUnreadable({ path, reason: 'it is a partial clone, which lacks file contents; fetch them first' })
    }
    await borrowRefs(gitDir, location, path)
    await writeFile(join(gitDir, 'config'), ownConfig(settings.objectFormat, await exists(join(gitDir, 'reftable'))))
    return { ...place, settings, shallow: await copyIfThere(location.commonDir, gitDir, 'shallow') }
  } catch (error) {
    await close()
    throw error
  }
}

async function readSettings(place: GitPlace, location: Location): Promise<RepositorySettings> {
  const values = await readConfig(place, join(location.commonDir, 'config'))
  const objectFormat = values.get('extensions.objectformat') ?? 'sha1'
  if (objectFormat !== 'sha1' && objectFormat !== 'sha256') {
    throw RepositoryUnreadable({ path: place.path, reason: 'its object format is neither sha1 nor sha256' })
  }
  return {
    objectFormat,
    remoteUrl: withoutCredentials(values.get('remote.origin.url')),
    partialClone: values.has('extensions.partialclone'),
  }
}

async function readConfig(place: GitPlace, file: string): Promise<Map<string, string>> {
  const values = new Map<string, string>()
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return values
  if (found.size > 1_048_576) {
    throw RepositoryUnreadable({ path: place.path, reason: 'its configuration is larger than 1 MiB' })
  }
  const listed = await gitOutput(place, ['config', '--file', file, '--no-includes', '--list', '-z'], {
    maxBytes: 4_194_304,
  })
  for (const entry of listed.toString('utf8').split('\0')) {
    const end = entry.indexOf('\n')
    values.set(end < 0 ? entry : entry.slice(0, end), end < 0 ? 'true' : entry.slice(end + 1))
  }
  return values
}

async function borrowRefs(gitDir: string, { gitDir: own, commonDir }: Location, path: string): Promise<void> {
  const head = (await readFile(join(own, 'HEAD'), 'utf8')).trim()
  if (!/^(ref: refs\/[^\p{Cc}]{1,4096}|[0-9a-f]{40}|[0-9a-f]{64})$/u.test(head)) {
    throw RepositoryUnreadable({ path, reason: 'its HEAD names neither a branch nor a commit' })
  }
  await writeFile(join(gitDir, 'HEAD'), `${head}\n`)
  await symlink(join(commonDir, 'refs'), join(gitDir, 'refs'), 'junction')
  if (await exists(join(commonDir, 'reftable'))) {
    await symlink(join(commonDir, 'reftable'), join(gitDir, 'reftable'), 'junction')
  }
  await copyIfThere(commonDir, gitDir, 'packed-refs')
}

function ownConfig(objectFormat: 'sha1' | 'sha256', reftable: boolean): string {
  return [
    '[core]',
    '\trepositoryFormatVersion = 1',
    '\tbare = true',
    '\thooksPath = /dev/null',
    '\tattributesFile = /dev/null',
    '\tfsmonitor = false',
    '\tquotePath = false',
    `\tbigFileThreshold = ${bigFileBytes}`,
    // measured: no slower than with the defaults, which take three times as much memory
    '\tdeltaBaseCacheLimit = 32m',
    '\tpackedGitWindowSize = 8m',
    '\tpackedGitLimit = 64m',
    '[extensions]',
    `\tobjectFormat = ${objectFormat}`,
    ...(reftable ? ['\trefStorage = reftable'] : []),
    '[attr]',
    `\ttree = ${emptyTree[objectFormat]}`,
    '[protocol]',
    '\tallow = never',
    '',
  ].join('\n')
}

function alternate(objects: string, path: string): string {
  if (/[\n"]/.test(objects)) throw RepositoryUnreadable({ path, reason: 'its path holds a quote or a line break' })
  return `${objects}\n`
}

async function copyIfThere(from: string, to: string, name: string): Promise<boolean> {
  if (!(await exists(join(from, name)))) return false
  await copyFile(join(from, name), join(to, name))
  return true
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function withoutCredentials(url: string | undefined): string | undefined {
  if (url === undefined) return undefined
  // `user:secret@` of any scheme; the scp form `git@host:path` has a user only, which is kept.
  const cleaned = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1').replace(/[?#].*$/s, '')
  return cleaned.replaceAll(/\p{Cc}/gu, '').slice(0, 2048)
}
