import { RepositoryUnreadable } from '../errors.ts'
import { type Diff, type DiffOptions, type DiffReader, type DiffRequest, startDiffs } from './diff.ts'
import type { FileDiff } from './diff-parser.ts'
import type { GitPlace } from './git.ts'
import type { SizeReader } from './objects.ts'

/** Diffs that may be repaired in one reading; a repository that lacks more is not worth reading. */
const repairsMax = 1000
const missingPathsMax = 1000

/**
 * Diffs of a repository whose objects may not all be there: git ends at the first one it misses. The diff that failed
 * is then made without the files whose contents are gone, these are marked `missing`, and reading goes on behind it.
 */
export function openDiffs(place: GitPlace, sizes: SizeReader, options: DiffOptions): DiffReader {
  let reader = startDiffs(place, options)
  let repairs = 0
  const pending: DiffRequest[] = []
  return {
    ask(requests) {
      pending.push(...requests)
      reader.ask(requests)
    },
    async next() {
      const request = pending.shift()
      if (request === undefined) throw new Error('a diff was awaited that nobody asked for')
      try {
        return await reader.next()
      } catch (error) {
        if (!RepositoryUnreadable.is(error) || ++repairs > repairsMax) throw error
        const repaired = await repair(place, sizes, options, request)
        if (repaired === undefined) throw error
        reader = startDiffs(place, options)
        reader.ask(pending)
        return repaired
      }
    },
    close: () => reader.close(),
  }
}

async function repair(
  place: GitPlace,
  sizes: SizeReader,
  options: DiffOptions,
  request: DiffRequest,
): Promise<Diff | undefined> {
  const named = await once(place, { ...options, content: 'names' }, request)
  const missing: FileDiff[] = []
  for (const file of named.files) {
    if (await lacks(sizes, file)) missing.push({ ...file, missing: true })
  }
  if (missing.length === 0 || missing.length > missingPathsMax) return undefined
  const rest = await once(place, { ...options, exclude: missing.map((file) => file.path) }, request)
  return { ...rest, files: [...rest.files, ...missing], limitsHit: [...rest.limitsHit, 'missing_objects'] }
}

async function lacks(sizes: SizeReader, file: FileDiff): Promise<boolean> {
  const ends = [
    [file.oldMode, file.oldOid],
    [file.newMode, file.newOid],
  ] as const
  for (const [mode, oid] of ends) {
    // Neither a side that does not exist nor a submodule has contents here.
    if (mode !== '000000' && mode !== '160000' && (await sizes.sizeOf(oid)) === undefined) return true
  }
  return false
}

async function once(place: GitPlace, options: DiffOptions, request: DiffRequest): Promise<Diff> {
  const reader = startDiffs(place, options)
  try {
    reader.ask([request])
    return await reader.next()
  } finally {
    reader.close()
  }
}
