import { attributionMethod, type findRepository } from '#domains/changes'
import { buildReport, type ChangeFigures, type Report } from '#domains/reports'
import { toBase64 } from '#kernel/ledger'

export interface ReportOn {
  readonly repository: NonNullable<Awaited<ReturnType<typeof findRepository>>>
  readonly period: Report['period']
  readonly people: 'omit' | 'include'
  readonly preparedAt: string
  readonly preparedBy: string
  readonly changes: readonly ChangeFigures[]
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: Uint8Array }
  readonly ruleTitles: Readonly<Record<string, string>> | undefined
}

/** The report of a repository over these changes, at a checkpoint of the log. */
export function reportOn({ repository, checkpoint, ...rest }: ReportOn): Report {
  return buildReport({
    ...rest,
    repository: {
      name: repository.name,
      branch: repository.branch?.replace(/^refs\/heads\//, '') ?? null,
      head: repository.head_oid,
    },
    ledger: { origin: checkpoint.origin, size: checkpoint.size, root: toBase64(checkpoint.root) },
    method: attributionMethod,
    unknowns: unknownsOf(repository.is_shallow),
  })
}

function unknownsOf(isShallow: boolean) {
  if (!isShallow) return []
  const what = 'The history before the first commit of this shallow clone'
  return [{ what, changes: 0, howToKnow: 'Run `git fetch --unshallow` in the clone and import it again.' }]
}
