import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#client'
import { defineError } from '#platform/errors.ts'
import { type Command, flagOption, type Terminal, textOption, UsageWrong } from './command.ts'
import { clientOf, serverOption } from './server-access.ts'

export const PackMakingFailed = defineError<{ packId: string; problem: string }>(
  'pack_failed',
  502,
  ({ packId, problem }) => `the server could not make pack \`${packId}\`: ${problem}`,
)
export const PackDownloadDiffers = defineError<{ packId: string }>(
  'pack_download_differs',
  502,
  ({ packId }) => `what arrived of pack \`${packId}\` has not the digest that the server stated, and was not kept`,
  'try again; look whether something stands between this machine and the server',
)

interface Pack {
  readonly id: string
  readonly state: 'queued' | 'making' | 'made' | 'failed'
  readonly problem: string | null
  readonly progress: { readonly what: string; readonly done: number; readonly total: number } | null
  readonly changes: number | null
  readonly records: number | null
  readonly bytes: number | null
  readonly sha256: string | null
}

export const PackWaitEnded = defineError<{ packId: string }>(
  'pack_wait_ended',
  409,
  ({ packId }) => `stopped waiting; pack \`${packId}\` goes on being made at the server`,
  'the console lists it, and it is at `/v1/packs/{id}/evidence-pack.zip` once it is made',
)

const lookEveryMs = 500

export const packMake: Command = {
  name: 'pack make',
  usage: 'pack make --repository ID [--from D] [--to D] [--by-person] [--out FILE]',
  about: 'has the server make an evidence pack of the changes of a period, waits for it and fetches it',
  options: {
    ...serverOption,
    repository: { type: 'string', about: 'id of the repository on the server' },
    from: { type: 'string', about: 'day (from midnight in UTC) or moment; changes merged from then on (default: all)' },
    to: { type: 'string', about: 'day or moment; changes merged before then (default: all)' },
    'by-person': { type: 'boolean', about: 'adds figures of individuals to the report' },
    out: { type: 'string', about: 'file to write (default: evidence-pack.zip)' },
  },
  run: async (args, terminal) => {
    const repositoryId = textOption(args, 'repository')
    if (repositoryId === undefined || args.positionals.length > 0)
      throw UsageWrong({ message: 'needs `--repository` and nothing else', usage: packMake.usage })
    const people = flagOption(args, 'by-person') === undefined ? 'omit' : 'include'
    const client = clientOf(args, terminal)
    const [from, to] = [textOption(args, 'from'), textOption(args, 'to')]
    const { id } = (await client.post('/v1/packs', { repositoryId, from, to, people })) as { id: string }
    const pack = await waitFor(client, terminal, id)
    const out = resolve(terminal.cwd, textOption(args, 'out') ?? 'evidence-pack.zip')
    await fetchPack(client, terminal, pack, out)
    if (args.values['json'] === true) terminal.out(`${JSON.stringify({ ...pack, path: out })}\n`)
    else
      terminal.out(
        `${out}: ${pack.changes} changes, ${pack.records} chosen records, ${pack.bytes} bytes, sha256:${pack.sha256}\n`,
      )
    return 0
  },
}

/** It goes on at the server when this command is ended. */
async function waitFor(client: Client, terminal: Terminal, id: string): Promise<Pack> {
  let told = ''
  for (;;) {
    const pack = (await client.get(`/v1/packs/${encodeURIComponent(id)}`)) as Pack
    if (pack.state === 'made') return pack
    if (pack.state === 'failed') throw PackMakingFailed({ packId: id, problem: pack.problem ?? 'it says nothing' })
    const now = describe(pack)
    if (now !== told) terminal.err(`${now}\n`)
    told = now
    await sleep(lookEveryMs, undefined, { signal: terminal.signal }).catch(() => undefined)
    if (terminal.signal.aborted) throw PackWaitEnded({ packId: id })
  }
}

function describe({ id, state, progress }: Pack): string {
  if (progress === null) return `${id}: ${state}`
  const { what, done, total } = progress
  return `${id}: ${what} ${done}${total === 0 ? '' : ` of ${total}`}`
}

/** Through a file beside it: what stands under the name is whole. */
async function fetchPack(client: Client, terminal: Terminal, { id, sha256 }: Pack, out: string): Promise<void> {
  const draft = `${out}.${randomBytes(6).toString('hex')}`
  const hash = createHash('sha256')
  await mkdir(dirname(out), { recursive: true })
  const file = await open(draft, 'wx', 0o600)
  try {
    const take = async (chunk: Uint8Array) => {
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    await client.getFile(`/v1/packs/${encodeURIComponent(id)}/evidence-pack.zip`, take, terminal.signal)
    if (hash.digest('hex') !== sha256) throw PackDownloadDiffers({ packId: id })
    await rename(draft, out)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
