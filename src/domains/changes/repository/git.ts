import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { GitMissing, GitTooOld, RepositoryUnreadable } from '../errors.ts'

/** Which git to run. The environment of this process is never handed on, so the search path is said here. */
export interface GitBinary {
  readonly binary: string
  readonly searchPath: string
}

export const defaultGit: GitBinary = {
  binary: 'git',
  searchPath: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/opt/local/bin:/run/current-system/sw/bin',
}

/** A repository as its processes see it: `gitDir` is a folder of ours, see `scratch.ts`. */
export interface GitPlace {
  readonly git: GitBinary
  readonly gitDir: string
  /** What the caller named; only for messages. */
  readonly path: string
}

export interface GitProcess {
  readonly child: ChildProcessWithoutNullStreams
  /** Standard output as it comes; a slow reader makes git wait. */
  readonly chunks: AsyncIterable<Buffer>
  /** Settles when git has ended; throws RepositoryUnreadable unless it ended with 0. */
  finish(): Promise<void>
  /** Ends git now, whatever it does; harmless when it has ended. */
  stop(): void
}

/** Nothing of the caller's environment reaches git: no configuration, no pager, no prompt, no fetch, no replaced object. */
export function gitEnvironment(git: GitBinary): Record<string, string> {
  return {
    PATH: git.searchPath,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_PAGER: 'cat',
    GIT_ASKPASS: '/bin/false',
    GIT_ALLOW_PROTOCOL: 'none',
  }
}

/** Git maps a pack whole where it may; by the window it takes as long, in a few megabytes instead of the size of the pack. */
const mapping = ['-c', 'core.packedGitWindowSize=1m', '-c', 'core.packedGitLimit=16m']

/** Starts git in `place`. Ends with the signal; the caller reads `chunks` and then awaits `finish()`. */
export function startGit(place: GitPlace, args: readonly string[], signal?: AbortSignal): GitProcess {
  signal?.throwIfAborted()
  const child = spawn(place.git.binary, ['--no-pager', ...mapping, `--git-dir=${place.gitDir}`, ...args], {
    cwd: place.gitDir,
    env: gitEnvironment(place.git),
    stdio: 'pipe',
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  })
  const complaint = collectStart(child.stderr, 4096)
  // A broken pipe shows as the exit code; without a listener it would end this process.
  child.stdin.on('error', () => undefined)
  // Node throws away what a child has said when it ends before anybody listens; our readers may start later.
  child.stdout.on('readable', () => undefined)
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('close', (code, killedBy) => resolve({ code, killedBy }))
  })
  return {
    child,
    chunks: child.stdout,
    finish: async () => check(place, await ended, complaint(), signal),
    stop: () => void (child.exitCode === null && child.kill('SIGKILL')),
  }
}

/**
 * The whole output of a git command that gives little.
 *
 * @throws RepositoryUnreadable when git fails or says more than `maxBytes`
 */
export async function gitOutput(
  place: GitPlace,
  args: readonly string[],
  options: { maxBytes: number; signal?: AbortSignal | undefined },
): Promise<Buffer> {
  const process = startGit(place, args, options.signal)
  process.child.stdin.end()
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of process.chunks) {
      bytes += chunk.length
      if (bytes > options.maxBytes) {
        throw RepositoryUnreadable({
          path: place.path,
          reason: `git ${args[0]} said more than ${options.maxBytes} bytes`,
        })
      }
      parts.push(chunk)
    }
    await process.finish()
  } finally {
    process.stop()
  }
  return Buffer.concat(parts)
}

/**
 * The version of git, such as `2.39.5`.
 *
 * @throws GitMissing, GitTooOld (older than 2.30)
 */
export async function gitVersion(git: GitBinary): Promise<string> {
  const text = await new Promise<string>((resolve, reject) => {
    const child = spawn(git.binary, ['--version'], { env: gitEnvironment(git), stdio: ['ignore', 'pipe', 'ignore'] })
    const said = collectStart(child.stdout, 1024)
    child.once('error', (error) => reject(GitMissing({ binary: git.binary }, error)))
    child.once('close', () => resolve(said()))
  })
  const found = /git version (\d+)\.(\d+)(?:\.(\d+))?/.exec(text)
  if (found === null) throw GitMissing({ binary: git.binary })
  const version = found.slice(1, 4).filter(Boolean).join('.')
  const [major, minor] = [Number(found[1]), Number(found[2])]
  if (major < 2 || (major === 2 && minor < 30)) throw GitTooOld({ version })
  return version
}

interface Ending {
  readonly code?: number | null
  readonly killedBy?: string | null
  readonly error?: Error
}

function check(place: GitPlace, ending: Ending, complaint: string, signal: AbortSignal | undefined): void {
  signal?.throwIfAborted()
  if (ending.error !== undefined) throw GitMissing({ binary: place.git.binary }, ending.error)
  if (ending.code === 0) return
  const said = firstLine(complaint) || `git ended with ${ending.killedBy ?? ending.code}`
  throw RepositoryUnreadable({ path: place.path, reason: said })
}

function firstLine(text: string): string {
  const line = text.split('\n').find((each) => /^(fatal|error):/.test(each)) ?? text.split('\n')[0] ?? ''
  // A message of git may quote a name from the repository, which may hold anything.
  return line
    .replace(/^(fatal|error): /, '')
    .replaceAll(/\p{Cc}/gu, '?')
    .slice(0, 300)
}

function collectStart(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    if (text.length < maxBytes) text += chunk.toString('latin1').slice(0, maxBytes - text.length)
  })
  return () => text
}
