export interface Mutant {
  readonly name: string
  /** What it breaks, as a sentence for the printed list. */
  readonly breaks: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** The test file that must turn red. */
  readonly killedBy: string
}

const diskFaults = 'src/kernel/ledger/disk-faults.test.ts'
const writer = 'src/kernel/ledger/writer.test.ts'

/** The faults that the ledger's tests must catch. */
export const mutants: readonly Mutant[] = [
  {
    name: 'tile-sync-removed',
    breaks: 'the content of tiles and bundles is not synced before a checkpoint covers them',
    file: 'src/kernel/ledger/disk.ts',
    find: 'await draft.sync()',
    replace: 'await Promise.resolve()',
    killedBy: diskFaults,
  },
  {
    name: 'folder-sync-removed',
    breaks: 'the names of tiles and bundles are not synced',
    file: 'src/kernel/ledger/folder-tile-store.ts',
    find: 'await inParallel([...named], (folder) => disk.syncFolder(folder))',
    replace: 'await inParallel([...named], async () => undefined)',
    killedBy: diskFaults,
  },
  {
    name: 'compare-and-swap-removed',
    breaks: 'a checkpoint is accepted whatever was signed before and whoever leads',
    file: 'src/kernel/ledger/head.ts',
    find: 'where epoch = $1 and size = $2 and checkpoint is not distinct from $3 returning *',
    replace: "where ($1::bigint, $2::bigint, coalesce($3::text, '')) is not null returning *",
    killedBy: writer,
  },
  {
    name: 'published-before-swap',
    breaks: 'a checkpoint is shown before the database has accepted it',
    file: 'src/kernel/ledger/writer.ts',
    find: 'const swapped = await swapCheckpoint(',
    replace: 'await options.store.publishCheckpoint(checkpoint); const swapped = await swapCheckpoint(',
    killedBy: writer,
  },
  {
    name: 'rolled-back-instead-of-forward',
    breaks: 'a writer that takes over forgets the indexes that were given but not signed',
    file: 'src/kernel/ledger/head.ts',
    find: 'update ledger_head set epoch = epoch + 1, holder_pid',
    replace: 'update ledger_head set epoch = epoch + 1, next_index = size, holder_pid',
    killedBy: diskFaults,
  },
  {
    name: 'replaced-instead-of-compared',
    breaks: 'an object that is there with other bytes is taken as written',
    file: 'src/kernel/ledger/folder-tile-store.ts',
    find: 'if (Buffer.compare(present, bytes) !== 0) throw TileConflict({ path })',
    replace: '',
    killedBy: 'src/kernel/ledger/folder-tile-store.test.ts',
  },
  {
    name: 'conflict-ignored',
    breaks: 'another event under a known id passes as the same',
    file: 'src/kernel/ledger/event-store.ts',
    find: "if (record.inputMac === undefined || recorded.inputMac === undefined) return 'other'",
    replace: "return 'same'",
    killedBy: 'src/kernel/ledger/append.test.ts',
  },
]
