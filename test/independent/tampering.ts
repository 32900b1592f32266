import { createHash } from 'node:crypto'
import { decodeBundle, encodeBundle } from '#kernel/ledger/core'
import { bytesSource, readZip } from '../../src/domains/packs/zip/read-zip.ts'
import { memberOf, writeZip } from '../../src/domains/packs/zip/write-zip.ts'

export type Members = Map<string, Uint8Array>

export async function unpack(pack: Uint8Array): Promise<Members> {
  const zip = await readZip(bytesSource(pack))
  const members: Members = new Map()
  for (const name of zip.names) members.set(name, Uint8Array.from(await zip.read(name)))
  return members
}

/** A well-formed archive of `members`, whatever they hold. */
export async function repack(members: Members): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  await writeZip(
    [...members].map(([name, bytes]) => memberOf(name, bytes)),
    async (chunk) => void chunks.push(chunk),
  )
  return Uint8Array.from(Buffer.concat(chunks))
}

/** What a forger without keys does last: a manifest that fits the changed members. Its signature then does not. */
export function fitManifest(members: Members): Members {
  const manifest = JSON.parse(Buffer.from(members.get('manifest.json') ?? []).toString())
  const outside = ['manifest.json', 'manifest.dsse.json', 'index.html']
  manifest.files = [...members]
    .filter(([path]) => !outside.includes(path))
    .map(([path, bytes]) => ({ path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return members.set('manifest.json', Buffer.from(JSON.stringify(manifest)))
}

/** Changes the entries of the only bundle of a small log. The tile of leaf hashes is left as it was. */
export function changeEntries(members: Members, change: (entries: Uint8Array[]) => Uint8Array[]): Members {
  const path = [...members.keys()].find((name) => name.startsWith('log/tile/entries/')) ?? ''
  const width = Number(path.split('.p/')[1])
  const entries = change(decodeBundle(members.get(path) ?? new Uint8Array(), width))
  members.delete(path)
  return members.set(path.replace(/\d+$/, String(entries.length)), encodeBundle(entries))
}

/** The members by where their data stands in the archive. */
export function memberAt(members: Members, position: number): string | undefined {
  let at = 0
  for (const [name, bytes] of members) {
    const start = at + 30 + name.length
    if (position >= start && position < start + bytes.length) return name
    at = start + bytes.length
  }
  return undefined
}

/** Numbers from 0 to below 1 that follow from `seed` (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export interface Tampering {
  readonly what: string
  readonly bytes: Uint8Array
  /** The member in whose data one byte was changed, which must then be named. */
  readonly member?: string
}

/** One random change of the archive's bytes; never the archive as it was. */
export function tamper(pack: Uint8Array, members: Members, random: () => number): Tampering {
  const at = Math.floor(random() * pack.length)
  const kind = Math.floor(random() * 10)
  const length = 1 + Math.floor(random() * Math.min(200, pack.length - at))
  if (kind < 6) {
    const bytes = pack.slice()
    bytes[at] = (pack[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    const member = memberAt(members, at)
    return { what: `bit flipped at ${at}`, bytes, ...(member === undefined ? {} : { member }) }
  }
  const head = pack.subarray(0, at)
  if (kind === 6)
    return { what: `${length} bytes cut out at ${at}`, bytes: Buffer.concat([head, pack.subarray(at + length)]) }
  if (kind === 7) return { what: `cut off at ${at}`, bytes: head.slice() }
  if (kind === 8)
    return {
      what: `${length} bytes repeated at ${at}`,
      bytes: Buffer.concat([head, pack.subarray(at, at + length), pack.subarray(at)]),
    }
  return {
    what: `${length} zeros put in at ${at}`,
    bytes: Buffer.concat([head, new Uint8Array(length), pack.subarray(at)]),
  }
}
