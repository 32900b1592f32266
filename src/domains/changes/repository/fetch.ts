import { spawn } from 'node:child_process'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CloneUrlRefused, RepositoryUnreadable } from '../errors.ts'
import { defaultGit, gitEnvironment } from './git.ts'

export interface FetchProgress {
  readonly phase: string
  /** Of the phase; undefined where git does not say. */
  readonly part: number | undefined
  readonly bytes: number
}

export interface FetchOptions {
  readonly url: string
  /** A bare repository of ours; made when absent. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onProgress: (progress: FetchProgress) => void
  readonly bytesMax?: number
  readonly timeoutMs?: number
}

const bytesMaxDefault = 8 * 1024 ** 3
const timeoutMsDefault = 3_600_000
const lookEveryMs = 1000
/** What is brought: branches, tags, and the notes that tools leave about AI use; nothing of pull requests. */
const refspecs = ['heads', 'tags', 'notes'].map((kind) => `+refs/${kind}/*:refs/${kind}/*`)

/**
 * The address that is fetched from, in its one spelling.
 *
 * @throws clone_url_refused for other protocols than https, ssh and file, and where a password stands in it
 */
export function readCloneUrl(text: string): string {
  if (/[\p{Cc}\s]/u.test(text) || text.startsWith('-'))
    throw CloneUrlRefused({ reason: 'it holds spaces, or begins with a dash' })
  const short = /^(?:([A-Za-z0-9._-]{1,64})@)?([A-Za-z0-9.-]{1,253}):(?!\/\/)([^:][^\s]{0,2000})$/.exec(text)
  if (short !== null)
    return readCloneUrl(
      `ssh://${short[1] === undefined ? '' : `${short[1]}@`}${short[2]}/${short[3]?.replace(/^\//, '')}`,
    )
  if (!isAddress(text)) throw CloneUrlRefused({ reason: 'it is no address' })
  const url = new URL(text)
  if (!['https:', 'ssh:', 'file:'].includes(url.protocol))
    throw CloneUrlRefused({ reason: 'only https, ssh and file are fetched from' })
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:'))
    throw CloneUrlRefused({ reason: 'a user or password stands in it, which would be kept' })
  if (url.username.startsWith('-') || url.hostname.startsWith('-') || url.pathname.length < 2)
    throw CloneUrlRefused({ reason: 'it names no repository' })
  url.search = ''
  url.hash = ''
  return url.href
}

/** Also that each `%` begins a character of UTF-8: the name of the repository is read from it. */
function isAddress(text: string): boolean {
  try {
    decodeURIComponent(text)
    return URL.canParse(text)
  } catch {
    return false
  }
}

/**
 * Brings `folder` up to what is at `url`. Git runs with nothing of this user but the keys of ssh: no hooks, no configuration,
 * no prompts, and in a repository whose configuration we wrote ourselves. What was fetched before a failure stays and is not
 * fetched again.
 *
 * @throws repository_unreadable, also when it grows beyond `bytesMax` or takes longer than `timeoutMs`
 */
export async function fetchMirror(options: FetchOptions): Promise<void> {
  const { url, folder, onProgress } = options
  onProgress({ phase: 'asking what is there', part: undefined, bytes: 0 })
  const branch = await defaultBranch(options)
  await makeMirror(folder)
  await run(options, [
    'fetch',
    '--progress',
    '--prune',
    '--force',
    '--no-auto-gc',
    '--no-write-fetch-head',
    '--',
    url,
    ...refspecs,
  ])
  onProgress({ phase: 'done', part: 1, bytes: await folderBytes(join(folder, 'objects', 'pack')) })
  if (branch !== undefined) await writeFile(join(folder, 'HEAD'), `ref: ${branch}\n`)
}

async function makeMirror(folder: string): Promise<void> {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads'])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 })
  if ((await sizeOf(join(folder, 'HEAD'))) === undefined)
    await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/main\n')
  await writeFile(
    join(folder, 'config'),
    '[core]\n\trepositoryFormatVersion = 0\n\tbare = true\n\thooksPath = /dev/null\n[gc]\n\tauto = 0\n',
  )
}

async function defaultBranch(options: FetchOptions): Promise<string | undefined> {
  const said = await run({ ...options, timeoutMs: 60_000 }, ['ls-remote', '--symref', '--', options.url, 'HEAD'])
  return /^ref: (refs\/heads\/[^\p{Cc}\s]{1,1000})\tHEAD$/mu.exec(said)?.[1]
}

function environment(): Record<string, string> {
  return {
    ...gitEnvironment(defaultGit),
    // ssh finds its keys and known hosts there; git reads no configuration from it
    HOME: homedir(),
    GIT_ALLOW_PROTOCOL: 'https:ssh:file',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20',
  }
}

const settings = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['credential.helper', ''],
  ['http.followRedirects', 'initial'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.fsckObjects', 'false'],
  ['maintenance.auto', 'false'],
  // a repository of another user on this machine may be read: nothing of it is run
  ['safe.directory', '*'],
]

async function run(
  { url, folder, signal, onProgress, ...limits }: FetchOptions,
  args: readonly string[],
): Promise<string> {
  const { bytesMax = bytesMaxDefault, timeoutMs = timeoutMsDefault } = limits
  const inFolder = args[0] === 'fetch' ? [`--git-dir=${folder}`] : []
  const child = spawn(
    defaultGit.binary,
    ['--no-pager', ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]), ...inFolder, ...args],
    {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      timeout: timeoutMs,
      signal,
      detached: false,
    },
  )
  const said = { out: '', err: '', why: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    if (said.out.length < 65_536) said.out += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.err = (said.err + chunk.toString('latin1')).slice(-4096)
  })
  const look = setInterval(() => {
    void folderBytes(join(folder, 'objects', 'pack')).then((bytes) => {
      if (bytes > bytesMax) {
        said.why = `it is larger than ${Math.round(bytesMax / 1024 ** 2)} MiB`
        child.kill('SIGKILL')
      } else if (args[0] === 'fetch') onProgress({ ...phaseOf(said.err), bytes })
    })
  }, lookEveryMs)
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  clearInterval(look)
  signal.throwIfAborted()
  if (code !== 0)
    throw RepositoryUnreadable({ path: url, reason: said.why || complaint(said.err) || 'git ended before it was done' })
  return said.out
}

/** `Receiving objects:  45% (450/1000), 12.3 MiB | 3 MiB/s` */
function phaseOf(text: string): { phase: string; part: number | undefined } {
  const last = [...text.matchAll(/(?:^|[\r\n])(?:remote: )?([A-Z][a-z]+ [a-z]+):\s+(\d{1,3})%/g)].at(-1)
  return last === undefined
    ? { phase: 'fetching', part: undefined }
    : { phase: (last[1] ?? '').toLowerCase(), part: Number(last[2]) / 100 }
}

function complaint(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  const line = lines.find((one) => /^(fatal|error):/.test(one)) ?? lines.at(-1) ?? ''
  // it may quote the other side, which may say anything
  return line
    .replace(/^(fatal|error): /, '')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')
    .slice(0, 300)
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))))
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
}
