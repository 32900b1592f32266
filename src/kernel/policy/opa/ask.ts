import type { Context } from '#kernel/ledger'
import { canonicalize, type Json } from '#platform/canonical-json.ts'
import type { Db } from '#platform/database.ts'
import type { PolicyEngine } from '../engine/engine.ts'
import type { Gate } from '../model.ts'
import { type BundleRunner, type KeptBundle, runnerName } from '../opa-bundle/runner.ts'
import type { BoundAnswer } from './answer.ts'
import { openToken } from './engines.ts'
import { askRemote } from './remote.ts'
import { readResult } from './result.ts'
import { bundleBytes, type EngineRow, findBundle, listEngineRows } from './store.ts'
import type { OpaTables } from './tables.ts'

/** What the engines that are bound to a gate say of facts, in the order of their names. Never throws. */
export type AskBound = (facts: Json) => Promise<readonly BoundAnswer[]>

export interface BoundEngines {
  /**
   * Those that are asked about changes of a repository.
   *
   * @param elsewhere `leave` for a history: an OPA elsewhere says what it thinks now, of one question at a time
   */
  of(ctx: Context, gate: Gate, repositoryId: string, elsewhere: 'ask' | 'leave'): Promise<AskBound>
}

export function createBoundEngines(db: Db<OpaTables>, engine: Pick<PolicyEngine, 'bundles'>): BoundEngines {
  return {
    of: async (ctx, gate, repositoryId, elsewhere) => {
      const rows = (await listEngineRows(db)).filter((row) => isAsked(row, gate, repositoryId, elsewhere))
      if (rows.length === 0) return nothingBound
      const ready = await Promise.all(rows.map((row) => readyEngine(db, ctx, engine.bundles, row)))
      return (facts) => {
        const input = canonicalize(facts)
        return Promise.all(ready.map((ask) => ask(input)))
      }
    },
  }
}

/** Where no engine is bound. */
export const nothingBound: AskBound = async () => []

function isAsked(row: EngineRow, gate: Gate, repositoryId: string, elsewhere: 'ask' | 'leave'): boolean {
  if (row.mode === 'off' || row.gate !== gate) return false
  if (row.kind === 'opa-remote' && elsewhere === 'leave') return false
  return row.repositories === null || row.repositories.includes(repositoryId)
}

/** Makes ready to ask one engine, whatever its mode, of the text of a document. */
export async function readyEngine(
  db: Db<OpaTables>,
  ctx: Context,
  runner: BundleRunner,
  row: EngineRow,
): Promise<(input: string) => Promise<BoundAnswer>> {
  const { name, kind, category, owner, path, bundle } = row
  const mode = row.mode === 'off' ? ('audit' as const) : row.mode
  const about = { engine: name, kind, mode, category, owner, path, digest: bundle }
  if (bundle !== null) {
    const revision = (await findBundle(db, bundle))?.revision ?? null
    const kept = keptBundle(db, bundle)
    return async (input) => ({ ...about, revision, decisionId: null, ...(await askBundle(runner, kept, path, input)) })
  }
  return async (input) => {
    const { revision, decisionId, ...answer } = await askElsewhere(ctx, row, input)
    return { ...about, revision, decisionId, runner: null, ...saidOf(answer) }
  }
}

async function askElsewhere(ctx: Context, row: EngineRow, input: string) {
  const { path, timeoutMs, expectedRevision } = row
  const token = await openToken(ctx, row).catch(() => null)
  if (token === null) return { revision: null, decisionId: null, error: 'its token cannot be opened' }
  return askRemote({ url: row.url ?? '', path, token, timeoutMs, expectedRevision }, input)
}

/** What a bundle says; also when a decision is made again. */
export async function askBundle(
  runner: BundleRunner,
  bundle: KeptBundle,
  entrypoint: string,
  input: string,
): Promise<Pick<BoundAnswer, 'runner' | 'error' | 'isAllowed' | 'violations'>> {
  const answer = await runner.ask(bundle, entrypoint, input)
  if ('error' in answer) return { runner: runnerName, ...saidOf(answer) }
  if (answer.result === undefined)
    return { runner: runnerName, ...saidOf({ error: 'the document is undefined: it has no default' }) }
  const said = readResult(answer.result)
  return { runner: runnerName, ...saidOf('reason' in said ? { error: said.reason } : { said }) }
}

export function keptBundle(db: Db<OpaTables>, digest: string): KeptBundle {
  return { digest, bytes: () => bundleBytes(db, digest) }
}

function saidOf(
  answer: { readonly error: string } | { readonly said: Pick<BoundAnswer, 'isAllowed' | 'violations'> },
): Pick<BoundAnswer, 'error' | 'isAllowed' | 'violations'> {
  if ('error' in answer) return { error: answer.error, isAllowed: false, violations: [] }
  return { error: null, ...answer.said }
}
