import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defineError } from '#platform/errors.ts'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { readSecretFile } from './issuer.ts'
import { clientOf, serverOption } from './server-access.ts'

export const BundleFileUnreadable = defineError<{ path: string }>(
  'bundle_file_unreadable',
  400,
  ({ path }) => `the bundle \`${path}\` cannot be read, or is larger than 8 MiB`,
  'build it with `opa build -t wasm -e countersign/gate/merge`',
)

interface Shown {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly gate: string
  readonly mode: string
  readonly path: string
  readonly url: string | null
  readonly bundle: string | null
  readonly repositories: readonly string[] | null
}

const bundleBytesMax = 8 * 1024 * 1024

const settingOptions = {
  mode: { type: 'string', about: 'off, audit, warn or enforce' },
  category: { type: 'string', about: 'security, quality or compliance' },
  owner: { type: 'string', about: 'who can mend what it finds: author, reviewer, security, platform, legal' },
  repository: { type: 'string', multiple: true, about: 'asked about changes of this one only; may be repeated' },
  path: { type: 'string', about: 'document that is asked for, as countersign/gate/merge; of a bundle its entrypoint' },
  'token-file': { type: 'string', about: 'file with the bearer token that the OPA asks for' },
  'timeout-ms': { type: 'string', about: 'milliseconds that it may take' },
  'expected-revision': { type: 'string', about: 'what the revision of its bundles must be; one * stands for anything' },
} as const

export const policyEngineAdd: Command = {
  name: 'policy-engine add',
  usage: 'policy-engine add NAME (--url URL --path PATH | --bundle FILE) [--mode MODE] [--gate GATE]',
  about: 'binds an OPA to a gate: one elsewhere by its address, or a bundle with WebAssembly that runs in the server',
  options: {
    ...serverOption,
    url: { type: 'string', about: 'address of an OPA: https, or plain HTTP to the machine of the server' },
    bundle: { type: 'string', about: 'file that `opa build -t wasm` wrote' },
    gate: { type: 'string', about: 'merge (default) or deploy' },
    ...settingOptions,
  },
  run: async (args, terminal) => {
    const name = onePositional(policyEngineAdd, args, 'name')
    const [url, file, gate] = ['url', 'bundle', 'gate'].map((option) => textOption(args, option))
    if ((url === undefined) === (file === undefined))
      throw UsageWrong({ message: 'needs either `--url` or `--bundle`', usage: policyEngineAdd.usage })
    const kind = url === undefined ? 'opa-bundle' : 'opa-remote'
    const settings = await settingsIn(args, terminal)
    const where = file === undefined ? { url } : { bundle: await sendBundle(file, args, terminal) }
    const body = { kind, name, ...where, ...(gate === undefined ? {} : { gate }), ...settings }
    const added = (await clientOf(args, terminal).post('/v1/policy-engines', body)) as Shown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(added)}\n` : `${added.id}\n`)
    return 0
  },
}

export const policyEngineChange: Command = {
  name: 'policy-engine change',
  usage: 'policy-engine change ID [--mode MODE] [--url URL | --bundle FILE] [--path PATH] [--repository ID]...',
  about: 'changes settings of a bound policy engine',
  options: {
    ...serverOption,
    url: { type: 'string', about: 'another address of the OPA' },
    bundle: { type: 'string', about: 'another bundle, as a file' },
    ...settingOptions,
  },
  run: async (args, terminal) => {
    const id = onePositional(policyEngineChange, args, 'policy engine id')
    const [url, file] = ['url', 'bundle'].map((option) => textOption(args, option))
    const body = {
      ...(await settingsIn(args, terminal)),
      ...(url === undefined ? {} : { url }),
      ...(file === undefined ? {} : { bundle: await sendBundle(file, args, terminal) }),
    }
    const changed = (await clientOf(args, terminal).patch(pathOf(id), body)) as Shown
    terminal.out(args.values['json'] === true ? `${JSON.stringify(changed)}\n` : lineOf(changed))
    return 0
  },
}

export const policyEngineList: Command = {
  name: 'policy-engine list',
  usage: 'policy-engine list',
  about: 'lists the policy engines (OPA) that are bound to gates',
  options: serverOption,
  run: async (args, terminal) => {
    const page = (await clientOf(args, terminal).get('/v1/policy-engines')) as { items: readonly Shown[] }
    terminal.out(args.values['json'] === true ? `${JSON.stringify(page)}\n` : page.items.map(lineOf).join(''))
    return 0
  },
}

export const policyEngineRemove: Command = {
  name: 'policy-engine remove',
  usage: 'policy-engine remove ID',
  about: 'lets a policy engine take part in its gate no more',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(policyEngineRemove, args, 'policy engine id')
    await clientOf(args, terminal).delete(pathOf(id))
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id })}\n` : `${id} removed\n`)
    return 0
  },
}

export const policyEngineCheck: Command = {
  name: 'policy-engine check',
  usage: 'policy-engine check ID',
  about:
    'asks a bound policy engine about an empty document: exit code 0 it gives an answer that counts, 1 it does not',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(policyEngineCheck, args, 'policy engine id')
    const checked = (await clientOf(args, terminal).post(`${pathOf(id)}/check`, undefined)) as {
      ok: boolean
      error: string | null
      revision: string | null
      violations: readonly string[]
      took: { milliseconds: number }
    }
    const { ok, error, revision, violations, took } = checked
    const lines = [
      ok ? `it answers, in ${took.milliseconds} ms\n` : `no answer that counts: ${error}\n`,
      revision === null || revision === '' ? '' : `revision: ${revision}\n`,
      ...violations.map((one) => `an empty document does not meet ${one}\n`),
    ]
    terminal.out(args.values['json'] === true ? `${JSON.stringify(checked)}\n` : printable(lines.join('')))
    return ok ? 0 : 1
  },
}

async function settingsIn(args: Arguments, terminal: Terminal): Promise<Record<string, unknown>> {
  const [file, timeout] = ['token-file', 'timeout-ms'].map((option) => textOption(args, option))
  const { repository } = args.values
  const given = {
    mode: textOption(args, 'mode'),
    category: textOption(args, 'category'),
    owner: textOption(args, 'owner'),
    path: textOption(args, 'path'),
    expectedRevision: textOption(args, 'expected-revision'),
    repositories: repository,
    timeoutMs: timeout === undefined ? undefined : Number(timeout),
    token: file === undefined ? undefined : await readSecretFile(file, terminal),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** @returns its digest */
async function sendBundle(file: string, args: Arguments, terminal: Terminal): Promise<string> {
  const path = resolve(terminal.cwd, file)
  const bytes = await readBundle(path).catch((error: unknown) => {
    throw BundleFileUnreadable({ path }, error)
  })
  const kept = (await clientOf(args, terminal).postBytes('/v1/policy-bundles', {}, bytes)) as { digest: string }
  return kept.digest
}

async function readBundle(path: string): Promise<Uint8Array> {
  const { size } = await stat(path)
  if (size > bundleBytesMax) throw new Error('it is too large')
  return readFile(path)
}

function pathOf(id: string): string {
  return `/v1/policy-engines/${encodeURIComponent(id)}`
}

function lineOf({ id, name, kind, gate, mode, path, url, bundle, repositories }: Shown): string {
  const scope = repositories === null ? '' : `  of ${repositories.length} repositories`
  return printable(`${id}  ${name}  ${kind}  ${gate}  ${mode}  ${url ?? bundle}  ${path}${scope}\n`)
}

function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, '\ufffd')
}
