/** A record as the log writer needs it. */
export interface Leaf {
  readonly entry: Uint8Array
  readonly hash: Uint8Array
}

/**
 * Batches that this process committed and that its log writer has not taken up yet, so that it need not read back, parse and
 * hash what this process has in memory. Only a hint: what is not here is read from the database, which alone says which
 * batches took effect, in which order, and with which leaf hashes.
 */
export interface RecentBatches {
  /** Nothing is kept until the writer of this process leads. */
  keep(batchId: number, records: readonly { readonly entry: Uint8Array; readonly leafHash: Uint8Array }[]): void
  /** All that is kept now, by the number of the batch. */
  known(): ReadonlyMap<number, readonly Leaf[]>
  forget(batchId: number): void
  /** Forgets all, and keeps what comes from now on, or nothing. */
  restart(state: 'keep' | 'leave'): void
}

/** Most bytes of entries that are kept; the oldest batches go first, such as those of transactions that failed. */
const bytesMax = 16 * 1024 * 1024

export function createRecentBatches(): RecentBatches {
  const batches = new Map<number, readonly Leaf[]>()
  let bytes = 0
  let isKept = false
  const forget = (batchId: number) => {
    bytes -= sizeOf(batches.get(batchId) ?? [])
    batches.delete(batchId)
  }
  return {
    keep: (batchId, records) => {
      if (!isKept) return
      const leaves = records.map(({ entry, leafHash }) => ({ entry, hash: leafHash }))
      batches.set(batchId, leaves)
      bytes += sizeOf(leaves)
      for (const oldest of batches.keys()) {
        if (bytes <= bytesMax) break
        forget(oldest)
      }
    },
    known: () => new Map(batches),
    forget,
    restart: (state) => {
      batches.clear()
      bytes = 0
      isKept = state === 'keep'
    },
  }
}

function sizeOf(leaves: readonly Leaf[]): number {
  return leaves.reduce((sum, one) => sum + one.entry.length, 0)
}
