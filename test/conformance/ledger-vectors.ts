import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { entriesPath, fromBase64, type TileReader, tilePath } from '#kernel/ledger/core'

/** A 700-entry log made by an independent implementation; `README.md` beside it says by which. */
export interface LedgerVectors {
  readonly origin: string
  readonly vkey: string
  readonly witness_vkey: string
  /** Signed notes of nine sizes. */
  readonly checkpoints: readonly string[]
  /** The last one with a witness's cosignature. */
  readonly cosigned: string
  /** Root at each size from 1. */
  readonly roots: readonly string[]
  readonly inclusion: readonly {
    readonly Index: number
    readonly Size: number
    readonly Leaf: string
    readonly Root: string
    readonly Proof: readonly string[]
  }[]
  readonly consistency: readonly {
    readonly Size1: number
    readonly Size2: number
    readonly Root1: string
    readonly Root2: string
    readonly Proof: readonly string[]
  }[]
}

export const vectorsFolder = fileURLToPath(new URL('../vectors/ledger', import.meta.url))

export async function readVectors(): Promise<LedgerVectors> {
  return JSON.parse(await readFile(join(vectorsFolder, 'vectors.json'), 'utf8'))
}

/** Reads a log from the files of its C2SP tree. */
export function folderReader(folder: string): TileReader {
  const read = async (path: string) => new Uint8Array(await readFile(join(folder, path)))
  return {
    readTile: (level, n, width) => read(tilePath(level, n, width)),
    readEntries: (n, width) => read(entriesPath(n, width)),
    readCheckpoint: () => readFile(join(folder, 'checkpoint'), 'utf8').catch(() => undefined),
  }
}

/** The bytes of base64 in a vector. */
export function bytesOf(base64: string): Uint8Array {
  const bytes = fromBase64(base64)
  if (bytes === undefined) throw new Error('a vector is not base64')
  return bytes
}
