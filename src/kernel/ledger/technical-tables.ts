import { asNumber, asText, type Run } from './sql.ts'

/** Rows written so far, by table, for tables that nobody declared technical. */
export type Writes = ReadonlyMap<string, number>

/**
 * PostgreSQL's own count of what this session wrote and has not reported yet. It may include earlier transactions of the
 * session, so only the difference of two readings says what one transaction did. Whatever way a row was written, by a
 * query builder, plain SQL, a function or a trigger, it is in here.
 */
export async function writesSoFar(run: Run): Promise<Writes> {
  const rows = await run({
    name: 'ledger-writes',
    text: `select s.schemaname || '.' || s.relname as name, s.n_tup_ins + s.n_tup_upd + s.n_tup_del as rows
      from pg_stat_xact_user_tables s
      where s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0 and s.schemaname <> 'jobs'
        and coalesce(obj_description(s.relid, 'pg_class'), '') not like 'technical:%'`,
    values: [],
  })
  return new Map(rows.map((row) => [asText(row['name']), asNumber(row['rows'])]))
}

/** @throws Error when a table that was not declared technical has more writes than `before` */
export async function refuseUndeclaredWrites(run: Run, before: Writes): Promise<void> {
  for (const [table, rows] of await writesSoFar(run)) {
    if (rows > (before.get(table) ?? 0))
      throw new Error(`housekeeping wrote ${table}, which is not declared technical: record an event with transact()`)
  }
}
