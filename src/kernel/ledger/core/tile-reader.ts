/** Where a log is read from: a folder, a server, a pack. A tile or bundle that cannot be read rejects. */
export interface TileReader {
  /** `width` hashes, 32 bytes each. */
  readTile(level: number, n: number, width: number): Promise<Uint8Array>
  /** A bundle of `width` entries. */
  readEntries(n: number, width: number): Promise<Uint8Array>
  /** The signed note, or undefined when the log has none yet. */
  readCheckpoint(): Promise<string | undefined>
}
