import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** How a policy of a test behaves when it is asked. */
export type Behaviour = 'answer' | 'hang' | 'trap' | 'grow'

export interface TestPolicy {
  /** The result of its entrypoint; the document is undefined when absent. */
  readonly result?: unknown
  readonly entrypoint?: string
  /** Functions that it says it needs of the host. */
  readonly builtins?: readonly string[]
  readonly behaviour?: Behaviour
  /** Defines a memory of its own instead of taking ours. */
  readonly ownMemory?: boolean
  /** The least memory that it asks for, in pages of 64 KiB. */
  readonly pages?: number
}

/**
 * A module with the interface of OPA's (ABI 1.2, https://www.openpolicyagent.org/docs/wasm), assembled by hand: whatever it is
 * asked, it answers the same.
 */
export function policyWasm(policy: TestPolicy = {}): Uint8Array {
  const { entrypoint = 'countersign/gate/merge', builtins = [], behaviour = 'answer' } = policy
  const set = 'result' in policy ? [{ result: policy.result }] : []
  const texts = [set, { [entrypoint]: 0 }, Object.fromEntries(builtins.map((name, id) => [name, id]))]
  const at = [1024, 40_000, 50_000]
  const [result = 0, entrypoints = 0, wanted = 0] = at
  const functions = [
    { name: 'builtins', params: 0, body: constant(wanted) },
    { name: 'entrypoints', params: 0, body: constant(entrypoints) },
    { name: 'opa_json_dump', params: 1, body: [0x20, 0] },
    { name: 'opa_malloc', params: 1, body: constant(60_000) },
    { name: 'opa_json_parse', params: 2, body: constant(60_000) },
    { name: 'opa_heap_ptr_get', params: 0, body: constant(64_000) },
    { name: 'opa_heap_ptr_set', params: 1, body: [], returns: false },
    { name: 'opa_eval', params: 7, body: [...bodies[behaviour], ...constant(result)] },
  ]
  const types = functions.map(({ params, returns = true }) => [
    0x60,
    ...vector(Array.from({ length: params }, () => [0x7f])),
    ...vector(returns ? [[0x7f]] : []),
  ])
  const memory = [0x00, ...leb(policy.pages ?? 2)]
  const exports = functions.map(({ name }, i) => [...text(name), 0x00, ...leb(i)])
  const globals = ['opa_wasm_abi_version', 'opa_wasm_abi_minor_version']
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...(policy.ownMemory === true ? [] : section(2, vector([[...text('env'), ...text('memory'), 0x02, ...memory]]))),
    ...section(3, vector(functions.map((_, i) => leb(i)))),
    ...(policy.ownMemory === true ? section(5, vector([memory])) : []),
    ...section(6, vector([1, 2].map((version) => [0x7f, 0x00, 0x41, version, 0x0b]))),
    ...section(7, vector([...exports, ...globals.map((name, i) => [...text(name), 0x03, ...leb(i)])])),
    ...section(10, vector(functions.map(({ body }) => bytes([0x00, ...body, 0x0b])))),
    ...section(
      11,
      vector(texts.map((one, i) => [0x00, ...constant(at[i] ?? 0), 0x0b, ...text(`${JSON.stringify(one)}\0`)])),
    ),
  ])
}

/** In code of WebAssembly: nothing, a loop without end, a trap, and growing by 64 KiB for as long as that goes. */
const bodies: Readonly<Record<Behaviour, readonly number[]>> = {
  answer: [],
  hang: [0x03, 0x40, 0x0c, 0x00, 0x0b],
  trap: [0x00],
  grow: [0x03, 0x40, 0x41, 0x01, 0x40, 0x00, 0x41, 0x7f, 0x47, 0x0d, 0x00, 0x0b, 0x00],
}

/** A bundle as `opa build -t wasm` writes it. */
export function policyBundle(
  policy: TestPolicy = {},
  more: Readonly<Record<string, Uint8Array | string>> = {},
): Buffer {
  const { entrypoint = 'countersign/gate/merge' } = policy
  const manifest = { revision: 'r1', roots: [''], wasm: [{ entrypoint, module: '/policy.wasm' }] }
  return tarGz({
    '/data.json': '{}\n',
    '/policy.wasm': policyWasm(policy),
    '/.manifest': JSON.stringify(manifest),
    ...more,
  })
}

export function tarGz(files: Readonly<Record<string, Uint8Array | string>>, flag = '0'): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const data = Buffer.from(content)
    return [tarHeader(name, data.length, flag), data, Buffer.alloc((512 - (data.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

/** POSIX ustar. */
export function tarHeader(name: string, size: number, flag: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, 100)
  header.write('0000600\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        ', 148)
  header.write(flag, 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

export function digestOfBytes(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...bytes(content)]
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()]
}

function bytes(content: readonly number[]): number[] {
  return [...leb(content.length), ...content]
}

function text(value: string): number[] {
  return bytes([...Buffer.from(value)])
}

/** Signed, as the operand of `i32.const`. */
function constant(value: number): number[] {
  const parts: number[] = [0x41]
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    const low = rest % 128
    if (rest < 64) return [...parts, low]
    parts.push(low + 128)
  }
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))]
}
