import { housekeeping, type LedgerTables } from '#kernel/ledger'
import { canonicalize } from '#platform/canonical-json.ts'
import type { Db } from '#platform/database.ts'
import { compileCedar } from '../cedar/compile-apart.ts'
import { digestOf } from '../digest.ts'
import { engines } from '../engines.ts'
import type { PolicyTables } from '../records/store.ts'
import { type AccessSet, createAccessSet, readAccessSet } from './access-set.ts'
import type { AuthorityOptions } from './authority.ts'
import { type AccessTexts, composeAccess } from './compose.ts'
import { shortName } from './short-name.ts'

/** Raised when the same texts would be compiled to something else. */
const form = 1

/**
 * The policies of roles of this product: as they were compiled before, or compiled now and kept.
 *
 * @throws Error when one of our own policies is wrong
 */
export async function openAccessSet({ db, clock, sources }: AuthorityOptions): Promise<AccessSet> {
  const all = sources()
  const texts = composeAccess(all)
  const sourceDigest = digestOf(canonicalize({ form, engine: engines.cedar, ...texts }))
  const kept = await findKept(db, sourceDigest)
  if (kept !== undefined) return kept
  const set = await compiledOnce(sourceDigest, texts)
  refuseForbids(set, new Set(all.flatMap((one) => one.permissions.map(({ name }) => name))), texts)
  await housekeeping(db, async (tx) => {
    await tx
      .insertInto('policy_access_set')
      .values({
        source_digest: sourceDigest,
        revision: set.revision,
        snapshot: set.snapshot,
        made_at: new Date(clock()),
      })
      // another node compiled the same
      .onConflict((conflict) =>
        conflict.column('source_digest').doUpdateSet({ revision: set.revision, snapshot: set.snapshot }),
      )
      .execute()
  })
  return set
}

/** Of one process, for whichever databases it serves. */
const compiled = new Map<string, Promise<AccessSet>>()

function compiledOnce(sourceDigest: string, texts: AccessTexts): Promise<AccessSet> {
  const known = compiled.get(sourceDigest) ?? compile(texts)
  compiled.set(sourceDigest, known)
  known.catch(() => compiled.delete(sourceDigest))
  return known
}

async function findKept(db: Db<PolicyTables & LedgerTables>, sourceDigest: string): Promise<AccessSet | undefined> {
  const row = await db
    .selectFrom('policy_access_set')
    .select(['revision', 'snapshot'])
    .where('source_digest', '=', sourceDigest)
    .executeTakeFirst()
  // what is not what its digest says is compiled anew
  if (row === undefined || digestOf(row.snapshot) !== row.revision) return undefined
  return { ...row, policies: readAccessSet(row.snapshot) }
}

async function compile({ schema, policies: text }: AccessTexts): Promise<AccessSet> {
  const { policies, diagnostics } = await compileCedar(text, { source: 'roles.cedar', schema, withParts: true })
  if (policies === undefined)
    throw new Error(
      `the policies of roles are wrong: ${JSON.stringify(diagnostics.filter((one) => one.severity === 'error'))}`,
    )
  return createAccessSet(policies)
}

/** Routes ask for a permission without a thing, by its permits alone: a forbid about it would not be heard. */
function refuseForbids({ policies }: AccessSet, permissions: ReadonlySet<string>, { schema }: AccessTexts): void {
  const plain = new Set(
    [...schema.matchAll(/action "([^"]+)" appliesTo \{[^}]*resource: \[Organization\]/g)].map((one) => one[1] ?? ''),
  )
  for (const { id, effect, actions } of policies.policies) {
    const unheard = actions.map(shortName).find((name) => plain.has(name) && permissions.has(name))
    if (effect === 'forbid' && unheard !== undefined)
      throw new Error(`the policy ${id} forbids ${unheard}, which routes ask for without a thing`)
  }
}
