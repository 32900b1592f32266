import { z } from 'zod'
import type { Context, LedgerTables, Module } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { defineJob, type Jobs } from '#platform/jobs.ts'
import { changeRoutes } from './change-routes.ts'
import { type CloneServices, cloneJob, fetchClone, refreshMirror } from './clones.ts'
import { diffRoutes } from './diff-routes.ts'
import { changesErrors } from './errors.ts'
import { changesEvents } from './events.ts'
import migration from './migrations/0001-changes.sql?raw'
import consoleMigration from './migrations/0002-console.sql?raw'
import cloneMigration from './migrations/0003-clones.sql?raw'
import { cloneRoutes, repositoryRoutes } from './routes.ts'
import { importJob, importRepository } from './service.ts'
import type { ChangesTables } from './store.ts'

export { method as attributionMethod } from './attribution/attribute.ts'
export { RepositoryNotFound } from './errors.ts'
export { readHistory } from './history.ts'
export type { Change } from './model.ts'
export { openRepository } from './repository/open.ts'
export { addRepository, importRepository, registerRepository } from './service.ts'
export { allRepositories, type ChangesTables, changesFrom, findRepository, progressOf } from './store.ts'

interface Services {
  readonly db: Db<ChangesTables & LedgerTables>
  readonly jobs: Jobs
  readonly service: (name: string) => Context
  readonly folder: { readonly clones: string }
  /** What follows an import: reports and packs, which this domain knows nothing of. */
  readonly afterImport: (repositoryId: string) => Promise<void>
}

/** Repositories and their changes: read from history, attributed to people and tools. */
export function changesModule(services: Services): Module {
  const { db, jobs } = services
  const clones: CloneServices = { db, jobs, clonesFolder: () => services.folder.clones }
  return {
    name: 'changes',
    migrations: [
      { number: 1, name: 'changes', sql: migration },
      { number: 2, name: 'console', sql: consoleMigration },
      { number: 3, name: 'clones', sql: cloneMigration },
    ],
    routes: [...repositoryRoutes(db, jobs), ...cloneRoutes(clones), ...changeRoutes(db), ...diffRoutes(db)],
    events: changesEvents,
    errors: changesErrors,
    permissions: [
      { name: 'repository:read', about: 'list governed repositories' },
      { name: 'repository:write', about: 'govern a repository and read its history' },
      { name: 'change:read', about: 'read changes with their attribution' },
      { name: 'diff:read', about: 'read the changed lines of files, from the repository' },
    ],
    jobs: [
      defineJob({
        name: importJob,
        about: 'reads what is new in the history of a repository',
        data: z.object({ repositoryId: z.string() }),
        timeoutSeconds: 4 * 3600,
        run: async ({ repositoryId }, signal) => {
          const ctx = services.service('importer')
          await importRepository(db, ctx, repositoryId, {
            signal,
            before: (path) => refreshMirror(db, ctx, path, signal),
          })
          await services.afterImport(repositoryId)
        },
      }),
      defineJob({
        name: cloneJob,
        about: 'fetches a repository from its address',
        data: z.object({ cloneId: z.string() }),
        timeoutSeconds: 2 * 3600,
        run: ({ cloneId }, signal) => fetchClone(clones, services.service('importer'), cloneId, signal),
      }),
    ],
  }
}
