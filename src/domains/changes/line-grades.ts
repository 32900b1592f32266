import { readHistory } from './history.ts'
import type { Grade, GradeCounts } from './model.ts'
import type { StoredDetail } from './store.ts'

/**
 * The grade of each counted line that a change added to a file, by its number in the new file. Read again from the repository
 * where a file has lines of several grades, and only told when that gives the counts that were recorded: a repository that
 * was rewritten since, or has other records now, tells nothing rather than something else.
 */
export async function lineGrades(
  repository: { readonly path: string; readonly headOid: string | null },
  change: StoredDetail,
  file: { readonly path: string; readonly grades?: GradeCounts | undefined },
  signal?: AbortSignal,
): Promise<((line: number) => Grade) | undefined> {
  const counts = file.grades ?? change.attribution.lines
  const [only, ...more] = gradesIn(counts)
  if (only !== undefined && more.length === 0) return () => only
  if (file.grades === undefined) return undefined
  const grades = new Map<number, Grade>()
  const history = readHistory({
    path: repository.path,
    branch: change.headOid,
    after: change.baseOid ?? undefined,
    readAt: repository.headOid ?? change.headOid,
    signal,
    onLine: (path, line, grade) => {
      if (path === file.path) grades.set(line, grade)
    },
  })
  for await (const _ of history) if (grades.size > 0) break
  return agrees(grades, file.grades) ? (line) => grades.get(line) ?? 'unknown' : undefined
}

function gradesIn(counts: GradeCounts): Grade[] {
  const { total: _, ...grades } = counts
  return (Object.keys(grades) as Grade[]).filter((grade) => grades[grade] > 0)
}

function agrees(grades: ReadonlyMap<number, Grade>, counts: GradeCounts): boolean {
  const found = { attested: 0, declared: 0, hinted: 0, humanAttested: 0, unknown: 0 }
  for (const grade of grades.values()) found[grade]++
  return (Object.keys(found) as Grade[]).every((grade) => found[grade] === counts[grade])
}
