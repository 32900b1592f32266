import { type ColumnType, sql } from 'kysely'
import type { Db, Write } from '#platform/database.ts'
import { digestOf } from '../digest.ts'
import type { Candidate } from '../lifecycle/rollout-model.ts'
import type { LifecycleTables } from '../lifecycle/tables.ts'
import type { Authorization, RuleResult } from '../model.ts'
import { isBound } from '../opa/answer.ts'
import type { OpaTables } from '../opa/tables.ts'
import type { SettingsTables } from '../settings/tables.ts'

export interface PolicyTables extends LifecycleTables, OpaTables, SettingsTables {
  policy_access_set: {
    source_digest: string
    revision: string
    snapshot: string
    made_at: Date
  }
  policy_snapshot: {
    revision: string
    snapshot: string
    /** What stays the same of each rule in every decision, by its id. */
    words: Json<Readonly<Record<string, RuleWords>>>
    activated_at: Date
    record_id: string
  }
  decision_answers: { digest: string; rules: Json<readonly RuleAnswer[]> }
  decision: {
    id: string
    gate: string
    result: string
    decision: string
    enforced: boolean
    mode: string
    decided_at: Date
    policy_revision: string
    facts_digest: string
    verdict_digest: string
    targets: string[]
    answers_digest: string
    authorized: Json<Authorization>
    errors: Json<readonly string[]>
    /** Null where no version was being rolled out. */
    candidates: Json<readonly Candidate[] | null>
    record_id: string
  }
}

/** Written as text, because the driver would send an array as a PostgreSQL array; read as the value. */
type Json<T> = ColumnType<T, string, string>

type RuleWords = Pick<
  RuleResult,
  'pack' | 'title' | 'clause' | 'controls' | 'category' | 'severity' | 'owner' | 'remediation' | 'reads'
>

/** What a rule answered once; what is empty is left out, because most of what rules answer is. */
export type RuleAnswer = Pick<RuleResult, 'id' | 'mode' | 'status'> &
  Partial<Omit<RuleResult, keyof RuleWords | 'saw'>> & {
    /** Of a rule that no pack has, but an engine that is bound to the gate: its words are its own each time. */
    readonly words?: RuleWords
  }

/** A rule's answer without the facts it saw: those open with the question only. */
export type StoredRule = Omit<RuleResult, 'saw'>

export interface DecisionRow {
  readonly id: string
  readonly gate: string
  readonly result: string
  readonly decision: string
  readonly enforced: boolean
  readonly mode: string
  readonly decidedAtMs: number
  readonly policyRevision: string
  readonly factsDigest: string
  readonly verdictDigest: string
  readonly targets: readonly string[]
  readonly rules: readonly RuleResult[]
  readonly authorization: Authorization
  readonly errors: readonly string[]
  readonly candidates: readonly Candidate[]
  readonly recordId: string
}

/** Keeps a snapshot. */
export async function insertSnapshot(
  tx: Write<PolicyTables>,
  row: {
    readonly revision: string
    readonly snapshot: string
    readonly words: Readonly<Record<string, RuleWords>>
    readonly atMs: number
    readonly recordId: string
  },
): Promise<void> {
  await tx
    .insertInto('policy_snapshot')
    .values({
      revision: row.revision,
      snapshot: row.snapshot,
      words: toJsonb(row.words),
      activated_at: new Date(row.atMs),
      record_id: row.recordId,
    })
    .execute()
}

/** Whether a snapshot is kept. A transaction that is keeping the same one is waited for. */
export async function hasSnapshot(tx: Write<PolicyTables>, revision: string): Promise<boolean> {
  const find = () =>
    tx.selectFrom('policy_snapshot').select('revision').where('revision', '=', revision).executeTakeFirst()
  if ((await find()) !== undefined) return true
  await sql`select pg_advisory_xact_lock(hashtextextended(${revision}, 0))`.execute(tx)
  return (await find()) !== undefined
}

export async function findSnapshot(db: Db<PolicyTables>, revision: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('policy_snapshot')
    .select('snapshot')
    .where('revision', '=', revision)
    .executeTakeFirst()
  return row?.snapshot
}

export async function insertDecisions(tx: Write<PolicyTables>, rows: readonly DecisionRow[]): Promise<void> {
  if (rows.length === 0) return
  const answers = new Map<string, string>()
  const decisions = rows.map((row) => {
    const rules = `[${row.rules.map(answerText).join(',')}]`
    const digest = digestOf(rules)
    answers.set(digest, rules)
    return toRow(row, digest)
  })
  // a line each: JSON has no line feed of its own, and what an array would need of quoting costs more than the rest
  const lines = (texts: Iterable<string>) => sql`string_to_array(${[...texts].join('\n')}, E'\\n')`
  await sql`insert into decision_answers (digest, rules)
    select digest, rules::jsonb from unnest(${lines(answers.keys())}, ${lines(answers.values())}) as one (digest, rules)
    order by digest on conflict do nothing`.execute(tx)
  // as one parameter: thousands take longer to write and to read than the rows themselves
  await sql`insert into decision (id, gate, result, decision, enforced, mode, decided_at, policy_revision, facts_digest,
      verdict_digest, targets, answers_digest, authorized, errors, candidates, record_id)
    select id, gate, result, decision, enforced, mode, decided_at, policy_revision, facts_digest, verdict_digest,
      array(select json_array_elements_text(targets)), answers_digest, authorized, errors, candidates, record_id
    from json_to_recordset(${toJsonb(decisions)}::json) as one (id text, gate text, result text, decision text,
      enforced boolean, mode text, decided_at timestamptz, policy_revision text, facts_digest text, verdict_digest text,
      targets json, answers_digest text, authorized jsonb, errors jsonb, candidates jsonb, record_id uuid)`.execute(tx)
}

/** What the rules answered in each of these decisions; equal answers are the same list. */
export async function answersOf(
  db: Db<PolicyTables>,
  decisionIds: readonly string[],
): Promise<Map<string, readonly RuleAnswer[]>> {
  if (decisionIds.length === 0) return new Map()
  const decisions = await db
    .selectFrom('decision')
    .select(['id', 'answers_digest'])
    .where('id', '=', sql<string>`any(${[...decisionIds]}::text[])`)
    .execute()
  const digests = [...new Set(decisions.map((row) => row.answers_digest))]
  const answers = await db
    .selectFrom('decision_answers')
    .selectAll()
    .where('digest', '=', sql<string>`any(${digests}::text[])`)
    .execute()
  const byDigest = new Map(answers.map((row) => [row.digest, row.rules]))
  return new Map(decisions.map((row) => [row.id, byDigest.get(row.answers_digest) ?? []]))
}

export async function findDecision(db: Db<PolicyTables>, id: string) {
  const row = await db
    .selectFrom('decision')
    .innerJoin('policy_snapshot', 'policy_snapshot.revision', 'decision.policy_revision')
    .innerJoin('decision_answers', 'decision_answers.digest', 'decision.answers_digest')
    .selectAll('decision')
    .select(['policy_snapshot.words', 'decision_answers.rules'])
    .where('decision.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { words, rules, ...rest } = row
  return { ...rest, rules: rules.map(({ words: own, ...rule }) => whole(rule, own ?? words[rule.id])) }
}

function whole(answer: RuleAnswer, words: RuleWords | undefined): StoredRule {
  if (words === undefined) throw new Error(`the policy set of a decision has no rule ${answer.id}`)
  const { remediation, ...named } = words
  const isMet = answer.status === 'pass' || answer.status === 'not_applicable'
  const told = isMet || remediation === undefined ? {} : { remediation }
  return { ...named, ...told, message: '', unknown: [], locations: [], ...answer }
}

/** The engine gives equal answers as the same object. */
const answers = new WeakMap<RuleResult, string>()

function answerText(rule: RuleResult): string {
  const known = answers.get(rule)
  if (known !== undefined) return known
  const { id, mode, status, message, unknown, locations, underlying, fix, exceptionId } = rule
  const answer: RuleAnswer = {
    id,
    mode,
    status,
    ...(message === '' ? {} : { message }),
    ...(unknown.length === 0 ? {} : { unknown }),
    ...(locations.length === 0 ? {} : { locations }),
    ...(underlying === undefined ? {} : { underlying }),
    ...(fix === undefined ? {} : { fix }),
    ...(exceptionId === undefined ? {} : { exceptionId }),
    ...(isBound(rule) ? { words: ownWords(rule) } : {}),
  }
  const text = toJsonb(answer)
  answers.set(rule, text)
  return text
}

function ownWords({ pack, title, controls, category, severity, owner, reads }: RuleResult): RuleWords {
  return { pack, title, controls, category, severity, owner, reads }
}

/** What a pack needs of the decisions about a target, by id, after an id. */
export async function decisionsAbout(
  db: Db<PolicyTables>,
  target: string,
  { after, limit }: { readonly after: string; readonly limit: number },
) {
  return db
    .selectFrom('decision')
    .select(['id', 'record_id', 'policy_revision'])
    .where(sql<boolean>`targets @> array[${target}]`)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The same for many targets, of which each has few: one look into the index each, where one for all would compare all with all. */
export async function decisionsAboutEach(db: Db<PolicyTables>, targets: readonly string[]) {
  const found = sql<Pick<PolicyTables['decision'], 'id' | 'record_id' | 'policy_revision'>>`(
    select one.* from unnest(${[...targets]}::text[]) as wanted (target)
    cross join lateral (select id, record_id, policy_revision from decision where targets @> array[wanted.target]) as one
  )`
  return db.selectFrom(found.as('found')).selectAll().execute()
}

/** Of each policy set that is kept: its text, and the record of its first decision. */
export async function snapshotsOf(db: Db<PolicyTables>, revisions: readonly string[]) {
  return db
    .selectFrom('policy_snapshot')
    .select(['snapshot', 'record_id'])
    .where('revision', '=', sql<string>`any(${[...revisions]}::text[])`)
    .orderBy('revision')
    .execute()
}

function toRow(row: DecisionRow, answersDigest: string) {
  return {
    id: row.id,
    gate: row.gate,
    result: row.result,
    decision: row.decision,
    enforced: row.enforced,
    mode: row.mode,
    decided_at: new Date(row.decidedAtMs).toISOString(),
    policy_revision: row.policyRevision,
    facts_digest: row.factsDigest,
    verdict_digest: row.verdictDigest,
    targets: row.targets,
    answers_digest: answersDigest,
    authorized: row.authorization,
    errors: row.errors,
    // a member that is not there is null in the row
    ...(row.candidates.length === 0 ? {} : { candidates: row.candidates }),
    record_id: row.recordId,
  }
}

/** PostgreSQL's text has no U+0000, which a path or a title of a hostile repository may have. */
function toJsonb(value: unknown): string {
  const text = JSON.stringify(value)
  if (!text.includes('\\u0000')) return text
  return JSON.stringify(value, (_key, one) => (typeof one === 'string' ? one.replaceAll('\u0000', '\ufffd') : one))
}
