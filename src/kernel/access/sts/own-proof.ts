import type { LedgerTables } from '#kernel/ledger'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { refuseStoppedAgent } from '../agents/acting.ts'
import { scopesNow } from '../agents/held.ts'
import type { PermissionsOf } from '../model.ts'
import { type AccessTables, findLiveToken } from '../store.ts'
import { hashToken, readToken, type TokenKind } from '../token.ts'
import { nothingMore, type Proof, type ProofKind, ProofRefused } from './proof.ts'

type Tables = AccessTables & LedgerTables

export interface OwnReader {
  readonly db: Db<Tables>
  readonly clock: Clock
  readonly permissionsOf: PermissionsOf
}

const proofOfKind: Readonly<Partial<Record<TokenKind, ProofKind>>> = {
  api: 'api-token',
  session: 'session',
  agent: 'agent-key',
  sts: 'exchanged',
}

/**
 * Who stands behind a token of ours. A session that is a cookie is none: what is stolen from a browser is worth nothing elsewhere.
 *
 * @throws ProofRefused, agent_may_not_act
 */
export async function readOwnToken({ db, clock, permissionsOf }: OwnReader, text: string): Promise<Proof> {
  const kind = readToken(text)
  const proof = kind === undefined ? undefined : proofOfKind[kind]
  if (kind === undefined) throw new ProofRefused('token_unknown')
  if (proof === undefined || kind === 'link') throw new ProofRefused('token_kind')
  const hash = hashToken(text)
  const found = await findLiveToken(db, hash, clock())
  if (found === undefined) await refuseStoppedAgent(db, hash, clock())
  if (found === undefined || found.kind !== kind) throw new ProofRefused('token_unknown')
  if (found.is_browser || found.is_own === false) throw new ProofRefused('token_kind')
  const exchanged = await findExchanged(db, found.id)
  const own = {
    ...nothingMore,
    kind: proof,
    subjectId: found.user_id,
    scopes: await scopesNow(db, permissionsOf, found, kind),
    expiresAtMs: found.expires_at.getTime(),
    ancestors: [found.id],
  }
  if (exchanged === undefined) return { ...own, tools: await toolsOf(db, found.user_id) }
  return {
    ...own,
    subjectId: exchanged.subject_user_id,
    actors: exchanged.actors,
    ancestors: [found.id, ...exchanged.ancestors],
    task: exchanged.task,
    tools: exchanged.tools,
    certificateHash: exchanged.certificate_hash,
  }
}

export function findExchanged(db: Pick<Db<Tables>, 'selectFrom'>, tokenId: string) {
  return db.selectFrom('access_exchanged').selectAll().where('token_id', '=', tokenId).executeTakeFirst()
}

/** The tools of an agent's registration; null for whoever is none. */
export async function toolsOf(db: Pick<Db<Tables>, 'selectFrom'>, userId: string): Promise<string[] | null> {
  const row = await db.selectFrom('access_agent').select('tools').where('user_id', '=', userId).executeTakeFirst()
  return row?.tools ?? null
}

/** An agent that acts for itself. */
export function isAgentItself({ subjectId, actors }: Proof): boolean {
  return actors.length === 0 && subjectId.startsWith('agt_')
}
