import { type Coverage, coverageOfLines, type Evidence, type ParsedReport } from '#domains/evidence'
import type { ChangeEvidence } from './evidence.ts'

type Attached = Pick<Evidence, 'format' | 'parsed'>

/**
 * What counts of everything that is attached to the commits of a change, given oldest first: of two reports by one tool
 * in one format the newer, of the product's own formats the newest.
 *
 * @param changedLines asked for only where there is coverage
 */
export async function changeEvidence(
  attached: readonly Attached[],
  changedLines: () => Promise<ReadonlyMap<string, readonly number[]>>,
): Promise<ChangeEvidence> {
  const counting = [...new Map(attached.map((one) => [keyOf(one.parsed), one.parsed])).values()]
  const newest = <K extends 'pullRequest' | 'interactions' | 'dependencies'>(part: K) =>
    attached.findLast((one) => one.parsed[part] !== null)?.parsed[part] ?? undefined
  return {
    reports: counting,
    pullRequest: newest('pullRequest'),
    interactions: newest('interactions'),
    dependencies: newest('dependencies'),
    coverage: await coverageOf(counting, changedLines),
  }
}

function keyOf({ format, tool, scans }: ParsedReport): string {
  return JSON.stringify([format, tool?.name ?? null, [...scans].sort()])
}

/** Lines that any of several runs of tests reached are reached. */
async function coverageOf(
  reports: readonly ParsedReport[],
  changedLines: () => Promise<ReadonlyMap<string, readonly number[]>>,
): Promise<ChangeEvidence['coverage']> {
  const found = reports.map((report) => report.coverage).filter((coverage) => coverage !== null)
  const [first] = found
  if (first === undefined) return undefined
  const all: Coverage = { ...first, files: found.flatMap((coverage) => coverage.files) }
  const { lines, hit } = coverageOfLines(all, new Map([...(await changedLines())].map(([path, at]) => [path, [...at]])))
  return { lines, hit }
}
