import { gitOutput } from './git.ts'
import { open, resolveCommit } from './open.ts'
import { readTree } from './tree.ts'

export interface Revision {
  readonly commit: string
  /** Its first parent; undefined for a root. */
  readonly parent: string | undefined
}

/**
 * The commit that a branch, tag or id names.
 *
 * @throws BranchMissing, RepositoryUnreadable, GitMissing, GitTooOld
 */
export async function resolveRevision(path: string, name: string, signal?: AbortSignal): Promise<Revision> {
  const { place } = await open({ path, signal })
  try {
    const commit = await resolveCommit(place, name, signal)
    const line = await gitOutput(place, ['rev-list', '--parents', '--max-count=1', commit, '--'], {
      maxBytes: 65_536,
      signal,
    })
    return { commit, parent: line.toString('latin1').trim().split(' ')[1] }
  } finally {
    await place.close()
  }
}

/** Paths of the files of a commit that `wanted` takes, at most `max`. */
export async function listFiles(
  path: string,
  commit: string,
  options: { readonly wanted: (path: string) => boolean; readonly max: number; readonly signal?: AbortSignal },
): Promise<string[]> {
  const { place } = await open({ path, signal: options.signal })
  const found: string[] = []
  try {
    for await (const entry of readTree(place, commit, options.signal)) {
      if (options.wanted(entry.path)) found.push(entry.path)
      if (found.length >= options.max) break
    }
    return found
  } finally {
    await place.close()
  }
}
