/** Records as one row of the database holds them. */
export interface FramedBatch {
  /** C2SP tlog-tiles bundle framing, of any number of entries. */
  readonly entries: Uint8Array
  /** 32 bytes each, one after the other. */
  readonly leafHashes: Uint8Array
}

/**
 * Batches that this process committed and that its log writer has not taken up yet, so that it need not read back and
 * hash what this process has in memory. Only a hint: what is not here is read from the database, which alone says which
 * batches took effect, in which order, and with which leaf hashes.
 */
export interface RecentBatches {
  /** Nothing is kept until the writer of this process leads. */
  keep(batchId: number, batch: FramedBatch): void
  /** All that is kept now, by the number of the batch. */
  known(): ReadonlyMap<number, FramedBatch>
  forget(batchId: number): void
  /** Forgets all, and keeps what comes from now on, or nothing. */
  restart(state: 'keep' | 'leave'): void
}

/** Most bytes of entries that are kept; the oldest batches go first, such as those of transactions that failed. */
const bytesMax = 16 * 1024 * 1024

export function createRecentBatches(): RecentBatches {
  const batches = new Map<number, FramedBatch>()
  let bytes = 0
  let isKept = false
  const forget = (batchId: number) => {
    bytes -= batches.get(batchId)?.entries.length ?? 0
    batches.delete(batchId)
  }
  return {
    keep: (batchId, batch) => {
      if (!isKept) return
      batches.set(batchId, batch)
      bytes += batch.entries.length
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
