import { z } from 'zod'
import { Asker, type Context, type LedgerTables, type Module, onBehalfOf, personRoles, programs } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { defineJob, type Jobs } from '#platform/jobs.ts'
import { changeRoutes } from './change-routes.ts'
import { type CloneServices, cloneJob, fetchClone, refreshMirror } from './clones.ts'
import { diffRoutes } from './diff-routes.ts'
import { changesErrors } from './errors.ts'
import { changesEvents } from './events.ts'
import type { Facet } from './facets.ts'
import { fileRoutes } from './file-routes.ts'
import migration from './migrations/0001-changes.sql?raw'
import consoleMigration from './migrations/0002-console.sql?raw'
import cloneMigration from './migrations/0003-clones.sql?raw'
import placeMigration from './migrations/0004-place.sql?raw'
import { cloneRoutes, repositoryRoutes } from './routes.ts'
import { importJob, importRepository } from './service.ts'
import type { ChangesTables } from './store.ts'

export { method as attributionMethod } from './attribution/attribute.ts'
export { setAsideByName } from './content/generated.ts'
export {
  BranchMissing,
  ChangeNotFound,
  RangeEmpty,
  RepositoryNotFound,
  RepositoryUnreadable,
} from './errors.ts'
export type { Facet } from './facets.ts'
export { readHistory } from './history.ts'
export type { Change, ChangedFile } from './model.ts'
export {
  type ChangedLines,
  changedLines,
  keepsRecords,
  openChangedLines,
  type RangeOptions,
  readCommitChange,
  readRange,
  tipOf,
} from './range.ts'
export { changesWithCommit, firstRecordsAt, wholeChanges } from './read-changes.ts'
export { type CommittedFile, type CommittedFiles, openFiles, readFileAt } from './repository/committed-files.ts'
export { openRepository } from './repository/open.ts'
export { listFiles, type Revision, resolveRevision } from './repository/revisions.ts'
export { addRepository, importRepository, registerRepository } from './service.ts'
export {
  type ChangeSummary,
  type ChangesTables,
  changesFrom,
  countMerged,
  findChange,
  findRepository,
  listRepositories,
  type Period,
  progressOf,
  targetTitles,
  titlesOf,
} from './store.ts'

interface Services {
  readonly db: Db<ChangesTables & LedgerTables>
  readonly jobs: Jobs
  readonly service: (name: string) => Context
  readonly folder: { readonly clones: string }
  /** What follows an import: reports and packs, which this domain knows nothing of. */
  readonly afterImport: (ctx: Context, repositoryId: string) => Promise<void>
  /** What other domains know of changes: filters and columns of their lists. */
  readonly facets?: readonly Facet[]
}

/** Repositories and their changes: read from history, attributed to people and tools. */
export function changesModule(services: Services): Module {
  const { db, jobs, facets = [] } = services
  const clones: CloneServices = { db, jobs, clonesFolder: () => services.folder.clones }
  return {
    name: 'changes',
    migrations: [
      { number: 1, name: 'changes', sql: migration },
      { number: 2, name: 'console', sql: consoleMigration },
      { number: 3, name: 'clones', sql: cloneMigration },
      { number: 4, name: 'place', sql: placeMigration },
    ],
    searchIndexes: ['change_words'],
    routes: [
      ...repositoryRoutes(db, jobs),
      ...cloneRoutes(clones),
      ...fileRoutes(db),
      ...changeRoutes(db, facets),
      ...diffRoutes(db),
    ],
    events: changesEvents,
    errors: changesErrors,
    permissions: [
      {
        name: 'repository:read',
        about: 'list governed repositories, and the paths of their files',
        roles: [...personRoles, ...programs],
      },
      {
        name: 'repository:write',
        about: 'govern a repository and read its history',
        roles: ['platform-administrator'],
      },
      {
        name: 'change:read',
        about: 'read changes with their attribution, risk level and gate result',
        roles: [...personRoles, ...programs],
      },
      { name: 'diff:read', about: 'read the changed lines of files, from the repository', roles: personRoles },
    ],
    jobs: [
      defineJob({
        name: importJob,
        about: 'reads what is new in the history of a repository',
        data: z.object({ repositoryId: z.string(), asker: Asker }),
        timeoutSeconds: 4 * 3600,
        run: async ({ repositoryId, asker }, signal) => {
          const ctx = onBehalfOf(services.service('importer'), asker)
          const before = (path: string) => refreshMirror(db, ctx, path, signal)
          await importRepository(db, ctx, repositoryId, { signal, before })
          await services.afterImport(ctx, repositoryId)
        },
      }),
      defineJob({
        name: cloneJob,
        about: 'fetches a repository from its address',
        data: z.object({ cloneId: z.string(), asker: Asker }),
        timeoutSeconds: 2 * 3600,
        run: ({ cloneId, asker }, signal) =>
          fetchClone(clones, onBehalfOf(services.service('importer'), asker), cloneId, signal),
      }),
    ],
  }
}
