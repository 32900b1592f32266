import { join } from 'node:path'
import { findOpa, startOpa as start } from '../test/opa.ts'
import type { Bench } from './figure.ts'

export interface Opa {
  readonly pid: number
  /** What the rules say of one document of facts. */
  decide(input: unknown): Promise<{ readonly allow: boolean; readonly violations: readonly { readonly id: string }[] }>
  close(): Promise<void>
}

/** A real OPA over loopback with the rules of `bench/opa`; or why there is none. */
export async function startOpa({ root, say }: Bench): Promise<Opa | { readonly why: string }> {
  say('looking for an OPA')
  const found = await findOpa()
  if ('why' in found) return { why: `${found.why}: see bench/README.md` }
  const running = await start(found.program, [join(root, 'bench', 'opa')])
  if (running === undefined) return { why: 'OPA did not start' }
  const decide = async (input: unknown) => {
    const body = JSON.stringify({ input })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${running.url}/v1/data/countersign/merge`, { method: 'POST', headers, body })
    const { result } = (await response.json()) as { result: Awaited<ReturnType<Opa['decide']>> }
    return result
  }
  return { pid: running.pid, decide, close: running.stop }
}
