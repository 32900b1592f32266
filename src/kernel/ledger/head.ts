import { asBytes, asNumber, asText, type Row, type Run } from './sql.ts'

/** The last signed state of a log and who may sign next: the row that every writer swaps. */
export interface Head {
  readonly origin: string
  readonly vkey: string
  readonly recordKid: string
  readonly keyCheck: Uint8Array
  /** Records with an index. */
  readonly nextIndex: number
  /** Records that the last signed checkpoint covers. */
  readonly size: number
  readonly root: Uint8Array
  readonly checkpoint: string | undefined
  /** UTC; undefined before the first checkpoint. */
  readonly publishedAt: string | undefined
  /** Partial tiles of smaller sizes are removed. */
  readonly sweptSize: number
  readonly epoch: number
}

export type HeadIdentity = Pick<Head, 'origin' | 'vkey' | 'recordKid' | 'keyCheck' | 'root'>

/** The head of the log, made when the database has none yet. */
export async function ensureHead(run: Run, identity: HeadIdentity): Promise<Head> {
  await run({
    text: `insert into ledger_head (origin, vkey, record_kid, key_check, root) values ($1, $2, $3, $4, $5)
      on conflict do nothing`,
    values: [identity.origin, identity.vkey, identity.recordKid, identity.keyCheck, identity.root],
  })
  const head = await findHead(run)
  if (head === undefined) throw new Error('the head of the log is not there after it was made')
  return head
}

export async function findHead(run: Run): Promise<Head | undefined> {
  const rows = await run({ name: 'ledger-head', text: 'select * from ledger_head', values: [] })
  return rows[0] === undefined ? undefined : readHead(rows[0])
}

/**
 * Takes the right to write, when nobody holds it: the lease ran out, or the session of its holder is gone.
 *
 * @returns the new head, or undefined when another writer holds it
 */
export async function takeLead(run: Run, leaseMs: number): Promise<Head | undefined> {
  const rows = await run({
    text: `update ledger_head set epoch = epoch + 1, holder_pid = pg_backend_pid(),
        holder_started = (select backend_start from pg_stat_activity where pid = pg_backend_pid()),
        lease_until = clock_timestamp() + $1 * interval '1 millisecond'
      where lease_until is null or lease_until < clock_timestamp() or not exists (
        select from pg_stat_activity where pid = holder_pid and (backend_start is null or backend_start = holder_started))
      returning *`,
    values: [leaseMs],
  })
  return rows[0] === undefined ? undefined : readHead(rows[0])
}

/** Keeps the right to write. It is not worth a sync of its own: who loses this update only loses time. */
export async function keepLead(run: Run, epoch: number, leaseMs: number): Promise<boolean> {
  const rows = await run({
    text: `with fast as (select set_config('synchronous_commit', 'off', true))
      update ledger_head set lease_until = clock_timestamp() + $2 * interval '1 millisecond' from fast
      where epoch = $1 returning epoch`,
    values: [epoch, leaseMs],
  })
  return rows.length === 1
}

/** Gives the right to write back, so that the next writer need not wait for the lease to run out. */
export async function giveUpLead(run: Run, epoch: number): Promise<void> {
  await run({ text: 'update ledger_head set lease_until = null where epoch = $1', values: [epoch] })
}

/**
 * Gives the next indexes to committed batches that have none, oldest first, in one transaction of its own.
 *
 * @returns how many records now have an index, or undefined when another writer has taken over
 */
export async function sequence(run: Run, epoch: number, batchesMax: number): Promise<number | undefined> {
  const rows = await run({
    name: 'ledger-sequence',
    text: `with head as (
        select next_index from ledger_head where epoch = $1 for update
      ), waiting as (
        select batch_id, sum(count) over (order by batch_id) - count as before from (
          select batch_id, count from ledger_batch where first_index is null order by batch_id limit $2
        ) oldest
      ), placed as (
        update ledger_batch set first_index = head.next_index + waiting.before from waiting, head
        where ledger_batch.batch_id = waiting.batch_id and first_index is null returning count
      )
      update ledger_head set next_index = ledger_head.next_index + coalesce((select sum(count) from placed), 0)
      from head where epoch = $1 returning ledger_head.next_index`,
    values: [epoch, batchesMax],
  })
  return rows[0] === undefined ? undefined : asNumber(rows[0]['next_index'])
}

export async function hasWaiting(run: Run): Promise<boolean> {
  const rows = await run({
    name: 'ledger-waiting',
    text: 'select exists (select from ledger_batch where first_index is null) as waiting',
    values: [],
  })
  return rows[0]?.['waiting'] === true
}

/** Replaces the signed checkpoint when it is still `old` and `old.epoch` still leads: nothing is public before this. */
export async function swapCheckpoint(
  run: Run,
  old: Head,
  next: Pick<Head, 'size' | 'root' | 'sweptSize'> & { readonly checkpoint: string },
  leaseMs: number,
): Promise<Head | undefined> {
  const rows = await run({
    name: 'ledger-swap',
    text: `update ledger_head set size = $4, root = $5, checkpoint = $6, swept_size = $7, published_at = clock_timestamp(),
        lease_until = clock_timestamp() + $8 * interval '1 millisecond'
      where epoch = $1 and size = $2 and checkpoint is not distinct from $3 returning *`,
    values: [
      old.epoch,
      old.size,
      old.checkpoint ?? null,
      next.size,
      next.root,
      next.checkpoint,
      next.sweptSize,
      leaseMs,
    ],
  })
  return rows[0] === undefined ? undefined : readHead(rows[0])
}

function readHead(row: Row): Head {
  return {
    origin: asText(row['origin']),
    vkey: asText(row['vkey']),
    recordKid: asText(row['record_kid']),
    keyCheck: asBytes(row['key_check']),
    nextIndex: asNumber(row['next_index']),
    size: asNumber(row['size']),
    root: asBytes(row['root']),
    checkpoint: row['checkpoint'] === null ? undefined : asText(row['checkpoint']),
    publishedAt: row['published_at'] instanceof Date ? row['published_at'].toISOString() : undefined,
    sweptSize: asNumber(row['swept_size']),
    epoch: asNumber(row['epoch']),
  }
}
