import { join } from 'node:path'
import { z } from 'zod'
import { type ChangesTables, findRepository, listRepositories, progressOf } from '#domains/changes'
import {
  Asker,
  askerOf,
  assurance,
  type Context,
  type Ledger,
  type LedgerTables,
  type Module,
  onBehalfOf,
} from '#kernel/ledger'
import type { DataFolder } from '#platform/data-folder.ts'
import type { Db } from '#platform/database.ts'
import { defineJob, type Jobs } from '#platform/jobs.ts'
import {
  DecisionNotInPack,
  PackFileGone,
  PackNotFound,
  PackNotReady,
  PackNotVerified,
  PacksWaiting,
  PackTooLarge,
  PeriodEmpty,
  PeriodInvalid,
} from './errors.ts'
import { packEvents } from './events.ts'
import migration from './migrations/0001-packs.sql?raw'
import periodMigration from './migrations/0002-period-packs.sql?raw'
import { packKeys } from './pack-keys.ts'
import { makePeriodPack } from './period/make.ts'
import { periodPackJob } from './period/request.ts'
import { periodPackRoutes } from './period/routes.ts'
import type { PeriodPackTables } from './period/store.ts'
import { PackNotMade, packJob, packRoutes } from './routes.ts'
import { type Governance, makePack } from './service.ts'
import { ShapeWrong } from './shape.ts'
import { findPack, type PacksTables } from './store.ts'
import { KeysUnreadable, PackUnreadable } from './verify/run-verify.ts'
import { ZipRefused } from './zip/zip-format.ts'

export interface PackServices {
  readonly db: Db<PeriodPackTables & PacksTables & ChangesTables & LedgerTables>
  readonly jobs: Jobs
  readonly ledger: Ledger
  readonly folder: DataFolder
  readonly service: (name: string) => Context
  readonly version: string
  readonly governance?: Governance | undefined
}

const packErrors = [
  ...[PackNotMade, PackNotVerified, DecisionNotInPack, PackUnreadable, KeysUnreadable, ShapeWrong, ZipRefused],
  ...[PeriodInvalid, PeriodEmpty, PackTooLarge, PacksWaiting, PackFileGone, PackNotFound, PackNotReady],
]

/** Reports and evidence packs of governed repositories. */
export function packsModule(services: PackServices): Module {
  const { db, jobs } = services
  const periodFolder = (id: string) => join(packFolder(services, id), 'packs')
  return {
    name: 'packs',
    migrations: [
      { number: 1, name: 'packs', sql: migration },
      { number: 2, name: 'period-packs', sql: periodMigration },
    ],
    routes: [
      ...packRoutes({
        db,
        jobs,
        request: (ctx, id) => requestPack(services, ctx, id),
        folderOf: (id) => packFolder(services, id),
        keys: async () => (await packKeys({ ledger: services.ledger, keysFolder: services.folder.keys })).keys,
      }),
      ...periodPackRoutes({ db, jobs, folderOf: periodFolder }),
    ],
    events: packEvents,
    errors: packErrors,
    permissions: [
      {
        name: 'pack:read',
        about: 'read reports and evidence packs, which carry every audit record of the log',
        roles: assurance,
      },
      { name: 'pack:write', about: 'make reports and evidence packs', roles: assurance },
    ],
    jobs: [
      defineJob({
        name: packJob,
        about: 'makes the report and the evidence pack of a repository',
        data: z.object({ repositoryId: z.string(), asker: Asker }),
        timeoutSeconds: 1800,
        run: ({ repositoryId, asker }) => packRepository(services, repositoryId, asker),
      }),
      defineJob({
        name: periodPackJob,
        about: 'makes an evidence pack of the changes of a period',
        data: z.object({ packId: z.string(), asker: Asker }),
        timeoutSeconds: 1800,
        run: ({ packId, asker }, signal) => {
          const maker = { ...makerOf(services), folderOf: periodFolder }
          return makePeriodPack(maker, onBehalfOf(services.service('packer'), asker), packId, signal)
        },
      }),
    ],
  }
}

/** Queues report and pack anew. One queue for whoever asks: two at once would leave files that do not fit together. */
export async function requestPack(
  { jobs }: Pick<PackServices, 'jobs'>,
  ctx: Context,
  repositoryId: string,
): Promise<void> {
  await jobs.enqueueNow(packJob, { repositoryId, asker: askerOf(ctx) }, repositoryId)
}

async function packRepository(services: PackServices, repositoryId: string, asker: Asker): Promise<void> {
  await makePack(makerOf(services), onBehalfOf(services.service('packer'), asker), {
    repositoryId,
    folder: packFolder(services, repositoryId),
    people: 'omit',
    period: { from: null, to: null },
  })
}

function makerOf({ db, ledger, folder, version, governance }: PackServices) {
  return { db, ledger, keysFolder: folder.keys, version, governance }
}

export interface Governed {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly headline: string | undefined
  /** When the newest pack was made. */
  readonly madeAtMs: number | undefined
  /** Why the last import ended early. */
  readonly problem: string | undefined
  readonly folder: string
}

/** Governed repositories by name, with how far each is: at most `limit` and one more, or the one with this id. */
export async function listGoverned(
  services: Pick<PackServices, 'db' | 'folder'>,
  { limit, id: only }: { readonly limit: number; readonly id?: string | undefined },
): Promise<Governed[]> {
  const { db } = services
  const one = only === undefined ? undefined : await findRepository(db, only)
  const rows = only === undefined ? await listRepositories(db, { limit }) : one === undefined ? [] : [one]
  const governed: Governed[] = []
  for (const { id, name, problem } of rows) {
    const pack = await findPack(db, id)
    const state = problem ?? `${await progressOf(db, id)} changes read`
    const { headline, madeAtMs } = pack ?? { headline: undefined, madeAtMs: undefined }
    const folder = packFolder(services, id)
    governed.push({ id, name, state, headline, madeAtMs, problem: problem ?? undefined, folder })
  }
  return governed
}

function packFolder({ folder }: Pick<PackServices, 'folder'>, repositoryId: string): string {
  return join(folder.reports, repositoryId)
}
