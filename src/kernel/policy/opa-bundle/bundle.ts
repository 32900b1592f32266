import { z } from 'zod'
import { type Json, parseStrict } from '#platform/canonical-json.ts'
import { ArchiveFault, readTarGz } from './tar.ts'

export const bundleBytesMax = 8 * 1024 * 1024
const limits = { unpackedBytesMax: 64 * 1024 * 1024, entriesMax: 1000 }
const dataBytesMax = 8 * 1024 * 1024

/** What `opa build -t wasm` writes, as far as it is used here. */
export interface OpaBundle {
  /** As its author named it; empty when nobody did. */
  readonly revision: string
  /** Documents that may be asked for, in the order of the manifest. */
  readonly entrypoints: readonly string[]
  readonly wasm: Uint8Array
  readonly data: Json
}

const Manifest = z.object({
  revision: z.string().max(500).default(''),
  wasm: z
    .array(z.object({ entrypoint: z.string().min(1).max(200), module: z.string().max(200) }))
    .min(1)
    .max(100),
})

/**
 * Opens a bundle: `/policy.wasm`, `/data.json` and `/.manifest` of a gzipped tar. The policies themselves are looked at where
 * they run, in a thread that may be thrown away.
 *
 * @throws ArchiveFault, JsonInvalid
 */
export function openBundle(bytes: Uint8Array): OpaBundle {
  if (bytes.length > bundleBytesMax) throw new ArchiveFault(`it is larger than ${bundleBytesMax} bytes`)
  const files = readTarGz(bytes, limits)
  const wasm = files.get('policy.wasm')
  if (wasm === undefined) throw new ArchiveFault('it has no `policy.wasm`: build it with `opa build -t wasm -e PATH`')
  const nested = [...files.keys()].find((name) => /\/data\.(json|ya?ml)$/.test(name))
  if (nested !== undefined) throw new ArchiveFault('it has data beside `data.json`: `opa build` puts all of it there')
  const manifest = Manifest.safeParse(jsonOf(files.get('.manifest'), 256 * 1024))
  if (!manifest.success) throw new ArchiveFault('its `.manifest` names no WebAssembly entrypoint')
  const data = jsonOf(files.get('data.json'), dataBytesMax)
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new ArchiveFault('its `data.json` is no object')
  const own = manifest.data.wasm.filter((one) => one.module.replace(/^\//, '') === 'policy.wasm')
  if (own.length === 0) throw new ArchiveFault('its `.manifest` has no entrypoint into `policy.wasm`')
  return { revision: manifest.data.revision, entrypoints: own.map((one) => one.entrypoint), wasm, data }
}

function jsonOf(bytes: Uint8Array | undefined, maxBytes: number): Json {
  return bytes === undefined ? {} : parseStrict(bytes, { maxBytes, maxDepth: 60 })
}
