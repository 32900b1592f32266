import { z } from 'zod'
import { type Context, type LedgerTables, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import { DomainError } from '#platform/errors.ts'
import type { Route } from '#platform/http/route.ts'
import { atMost } from '#platform/limit.ts'
import { ChangeNotFound, FileNotInChange, RepositoryUnreadable } from './errors.ts'
import { lineGrades } from './line-grades.ts'
import { FileClass, Grade } from './model.ts'
import { open } from './repository/open.ts'
import { readPatch } from './repository/patch.ts'
import * as store from './store.ts'

const FileDiff = z
  .object({
    path: z.string(),
    previousPath: z.string().nullable(),
    class: FileClass,
    isBinary: z.boolean(),
    /** Whether a limit cut it. */
    isCut: z.boolean(),
    /** False where the repository does not tell any more what was recorded: lines have no grade then. */
    hasGrades: z.boolean(),
    hunks: z.array(
      z.object({
        about: z.string(),
        lines: z.array(
          z.object({
            kind: z.enum(['context', 'added', 'removed']),
            old: z.int().nullable(),
            new: z.int().nullable(),
            text: z.string(),
            /** Of an added line that counts. */
            grade: Grade.nullable(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'FileDiff' })

/** Each starts git a few times. */
const atOnce = 4

export function diffRoutes(db: Db<store.ChangesTables & LedgerTables>): Route<Context>[] {
  const inTurn = atMost(atOnce)
  return [
    route({
      method: 'GET',
      path: '/v1/changes/{id}/diff',
      permission: 'diff:read',
      summary: 'the patch of one file of a change, read from its repository, with the grade of each line',
      params: z.object({ id: z.string().max(100) }),
      query: z.object({ path: z.string().min(1).max(4096) }),
      reply: FileDiff,
      errors: [ChangeNotFound, FileNotInChange, RepositoryUnreadable],
      handler: (_ctx, { params, query, exchange }) =>
        inTurn(() => readDiff(db, params.id, query.path, exchange.closed())),
    }),
  ]
}

async function readDiff(
  db: Db<store.ChangesTables & LedgerTables>,
  id: string,
  path: string,
  signal: AbortSignal,
): Promise<z.input<typeof FileDiff>> {
  const row = await store.findChange(db, id)
  if (row === undefined) throw ChangeNotFound({ changeId: id })
  const file = row.files.find((one) => one.path === path)
  const repository = await store.findRepository(db, row.repository_id)
  if (file === undefined || repository === undefined) throw FileNotInChange({ path: path.slice(0, 200) })
  const previous = file.previousPath === undefined ? [] : [file.previousPath]
  const { place } = await open({ path: repository.path, signal })
  const request = { oid: row.detail.headOid, base: row.detail.baseOid, paths: [file.path, ...previous] }
  const patch = await readPatch(place, request, signal).finally(() => place.close())
  const counts = file.class === 'counted' && file.counted > 0
  const places = { path: repository.path, headOid: repository.head_oid }
  const gradeOf = counts ? await lineGrades(places, row.detail, file, signal).catch(whenGone) : undefined
  return {
    path: file.path,
    previousPath: file.previousPath ?? null,
    class: file.class,
    isBinary: patch.isBinary,
    isCut: patch.isCut,
    hasGrades: gradeOf !== undefined || !counts,
    hunks: patch.hunks.map(({ about, lines }) => ({
      about,
      lines: lines.map((line) => ({
        ...line,
        grade: line.new !== null && isGraded(line) ? (gradeOf?.(line.new) ?? null) : null,
      })),
    })),
  }
}

/** Of commits that are not there any more nothing is told. */
function whenGone(error: unknown): undefined {
  if (!(error instanceof DomainError)) throw error
}

function isGraded({ kind, text }: { readonly kind: string; readonly text: string }): boolean {
  return kind === 'added' && text.trim() !== ''
}
