import { type LoadedPolicy, loadPolicy } from '@open-policy-agent/opa-wasm'
import type { Json } from '#platform/canonical-json.ts'
import type { OpaBundle } from './bundle.ts'

/** A bundle in this thread, ready to be asked. */
export interface LoadedBundle {
  /** The result of a document; undefined when it has none. @throws whatever the policies throw */
  evaluate(entrypoint: string, input: string): Json | undefined
}

/** What is answered by the host, deterministically; everything else is in the module itself or is not there. */
const hostFunctions = ['json.is_valid', 'regex.split', 'sprintf', 'yaml.is_valid', 'yaml.marshal', 'yaml.unmarshal']
const changing = /^(http\.|rand\.|time\.|uuid\.|net\.|opa\.runtime|trace$|io\.jwt\.)/
/** Of 64 KiB: 128 MiB. */
const pagesMax = 2048
/** What a module declares as its least is not told by the interface, so it is tried. */
const firstPages = [5, 64, 512, pagesMax]

/**
 * Instantiates a bundle in memory that is bounded. Only in a thread that may be thrown away: the module is somebody's code,
 * and may never end.
 *
 * @throws Error in words for who sent it
 */
export async function loadBundle({ wasm, data, entrypoints }: Omit<OpaBundle, 'revision'>): Promise<LoadedBundle> {
  if (hasMemoryOfItsOwn(wasm)) throw new Error('it brings memory of its own, which nobody could bound')
  const policy = await instantiate(new Uint8Array(wasm))
  const wanted = Object.keys(builtinsOf(policy)).sort()
  const refused = wanted.filter((name) => !hostFunctions.includes(name))
  if (refused.length > 0) throw new Error(whyRefused(refused))
  const missing = entrypoints.find((name) => !Object.hasOwn(policy.entrypoints as object, name))
  if (missing !== undefined) throw new Error(`\`policy.wasm\` has no entrypoint \`${missing.slice(0, 200)}\``)
  policy.setData(bufferOf(JSON.stringify(data)))
  return { evaluate: (entrypoint, input) => resultOf(policy.evaluate(bufferOf(input), entrypoint)) }
}

async function instantiate(wasm: Uint8Array<ArrayBuffer>): Promise<LoadedPolicy> {
  for (const initial of firstPages) {
    try {
      return await loadPolicy(wasm, { initial, maximum: pagesMax })
    } catch (error) {
      const needsMore = error instanceof Error && error.name === 'LinkError' && /memory/.test(error.message)
      if (!needsMore || initial === pagesMax) throw error
    }
  }
  throw new Error('it needs more memory than there is for it')
}

/** The SDK keeps what a module asks of the host to itself, and would say so only when it is asked for. */
function builtinsOf({ wasmInstance, mem }: LoadedPolicy): Readonly<Record<string, unknown>> {
  const exports = ('instance' in wasmInstance ? wasmInstance.instance : wasmInstance).exports
  const [builtins, dump] = [exports['builtins'], exports['opa_json_dump']]
  if (typeof builtins !== 'function' || typeof dump !== 'function') throw new Error('it is no policy of OPA')
  const memory = new Uint8Array(mem.buffer)
  const from: number = dump(builtins())
  const end = memory.indexOf(0, from)
  return JSON.parse(new TextDecoder().decode(memory.subarray(from, end)))
}

function whyRefused(names: readonly string[]): string {
  const some = names.slice(0, 5).join(', ')
  return names.some((name) => changing.test(name))
    ? `it calls ${some}: what changes from call to call, or asks elsewhere, cannot be made again; take \`input.now\` for the time`
    : `it calls ${some}, which there is not outside OPA; bind that OPA by its address instead`
}

/** Sections of a module: an id, a length in LEB128, that many bytes. 5 is memories that it defines itself. */
function hasMemoryOfItsOwn(wasm: Uint8Array): boolean {
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at]
    let [size, shift] = [0, 0]
    for (at++; ; at++, shift += 7) {
      const byte = wasm[at] ?? 0
      size += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80 || shift > 28) break
    }
    at++
    // its first byte is the number of them
    if (id === 5 && wasm[at] !== 0) return true
    at += size
  }
  return false
}

function bufferOf(text: string): ArrayBuffer {
  const bytes = new TextEncoder().encode(text)
  return bytes.buffer
}

/** A set of results, as OPA has it, of which a document has one or none. */
function resultOf(set: unknown): Json | undefined {
  const [first] = Array.isArray(set) ? set : []
  return (first as { readonly result?: Json } | undefined)?.result
}
