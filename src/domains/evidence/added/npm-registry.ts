import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { textAt } from '../reading/json.ts'
import { instant } from '../reading/text.ts'

/** What the registry knows of one version; null: it could not be asked, or did not answer. */
export interface Published {
  readonly exists: boolean | null
  readonly publishedAt: string | null
}

const unknown: Published = { exists: null, publishedAt: null }
const askedAtOnce = 4
const timeoutMs = 60_000

/**
 * Asks npm, as its user has configured it, for the times at which versions of packages were published. It runs in an empty
 * folder: a configuration in the repository could send it elsewhere.
 *
 * @param wanted names with their versions; a version that is a range is asked by its package alone
 */
export async function askNpm(
  wanted: readonly { readonly name: string; readonly version: string }[],
  options: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined },
): Promise<Published[]> {
  const names = [...new Set(wanted.map((one) => one.name))]
  const folder = await mkdtemp(join(tmpdir(), 'countersign-npm-'))
  const times = new Map<string, unknown>()
  try {
    const queue = names.values()
    const work = async () => {
      for (const name of queue) times.set(name, await timesOf(name, folder, options))
    }
    await Promise.all(Array.from({ length: askedAtOnce }, work))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return wanted.map(({ name, version }) => judge(times.get(name), version))
}

/** An object of versions and times, `false` where the registry has no such package, undefined where it did not answer. */
async function timesOf(
  name: string,
  cwd: string,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined },
): Promise<unknown> {
  // what is no name of a package must never reach a command line
  if (!/^(@[a-z0-9~][\w.~-]*\/)?[A-Za-z0-9~][\w.~-]*$/.test(name) || name.length > 214) return undefined
  const { stdout } = await new Promise<{ stdout: string }>((done) => {
    const limits = {
      cwd,
      env,
      timeout: timeoutMs,
      maxBuffer: 20 * 1024 * 1024,
      ...(signal === undefined ? {} : { signal }),
    }
    execFile('npm', ['view', name, 'time', '--json'], limits, (_error, out) => done({ stdout: out }))
  })
  signal?.throwIfAborted()
  const answer = parse(stdout)
  if (textAt(answer, 'error', 'code') === 'E404') return false
  return hasVersions(answer) ? answer : undefined
}

/** Not every registry tells when a package was made; every one that answers names a version. */
function hasVersions(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && Object.keys(answer).some((key) => /^\d+\.\d+\.\d+/.test(key))
}

function judge(times: unknown, version: string): Published {
  if (times === undefined) return unknown
  if (times === false) return { exists: false, publishedAt: null }
  // a range: the package is there, which version it stands for is not known
  if (!/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version)) return { exists: true, publishedAt: null }
  const at = textAt(times, version)
  return at === undefined ? { exists: false, publishedAt: null } : { exists: true, publishedAt: instant(at) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
