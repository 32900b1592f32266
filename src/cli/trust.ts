import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { EvidenceFileUnreadable, readEvidence, readReportFile, readTrust } from '#domains/evidence'
import { type Arguments, type Command, onePositional, type Terminal, textOption, UsageWrong } from './command.ts'
import { clientOf, serverOption } from './server-access.ts'

const pinned = {
  identity: { type: 'string', about: 'whole identity of the signer, with a Sigstore root' },
  issuer: { type: 'string', about: 'issuer that vouches for the identity, with a Sigstore root' },
} as const

export const trustAdd: Command = {
  name: 'trust add',
  usage: 'trust add FILE --name NAME [--identity ID --issuer URL]',
  about:
    'lets signatures under statements count: of a public key in PEM, or of one signer by a Sigstore trusted_root.json',
  options: { ...serverOption, name: { type: 'string', about: 'how to call it' }, ...pinned },
  run: async (args, terminal) => {
    const name = textOption(args, 'name')
    if (name === undefined) throw UsageWrong({ message: 'needs `--name`', usage: trustAdd.usage })
    const file = await readText(onePositional(trustAdd, args, 'file'), terminal)
    const body = { name, file, ...pinnedIn(args) }
    const added = (await clientOf(args, terminal).post('/v1/trust-roots', body)) as { id: string }
    terminal.out(args.values['json'] === true ? `${JSON.stringify(added)}\n` : `${added.id}\n`)
    return 0
  },
}

export const trustList: Command = {
  name: 'trust list',
  usage: 'trust list',
  about: 'lists whose signatures under statements count',
  options: serverOption,
  run: async (args, terminal) => {
    const page = (await clientOf(args, terminal).get('/v1/trust-roots')) as {
      items: { id: string; name: string; kind: string; identity: string | null; issuer: string | null }[]
    }
    const line = (one: (typeof page.items)[number]) =>
      `${one.id}  ${one.name}  ${one.kind}  ${one.identity === null ? '' : `${one.identity} (${one.issuer})`}\n`
    const text = page.items
      .map(line)
      .join('')
      .replace(/[^\P{C}\n]/gu, '\ufffd')
    terminal.out(args.values['json'] === true ? `${JSON.stringify(page)}\n` : text)
    return 0
  },
}

export const trustRemove: Command = {
  name: 'trust remove',
  usage: 'trust remove ID',
  about: 'lets the signatures of a trust root count no longer',
  options: serverOption,
  run: async (args, terminal) => {
    const id = onePositional(trustRemove, args, 'trust root id')
    await clientOf(args, terminal).delete(`/v1/trust-roots/${encodeURIComponent(id)}`)
    terminal.out(args.values['json'] === true ? `${JSON.stringify({ id })}\n` : `${id} removed\n`)
    return 0
  },
}

export const evidenceVerify: Command = {
  name: 'evidence verify',
  usage: 'evidence verify FILE --trust-root FILE [--identity ID --issuer URL]',
  about: 'verifies a signed statement offline, without a server: exit code 0 verified, 1 not',
  options: {
    'trust-root': { type: 'string', about: 'public key in PEM, or trusted_root.json of Sigstore' },
    ...pinned,
  },
  run: async (args, terminal) => {
    const rootFile = textOption(args, 'trust-root')
    if (rootFile === undefined) throw UsageWrong({ message: 'needs `--trust-root`', usage: evidenceVerify.usage })
    const root = readTrust(await readText(rootFile, terminal), pinnedIn(args))
    const bytes = await readReportFile(resolve(terminal.cwd, onePositional(evidenceVerify, args, 'file')))
    const trust = { roots: [root], otherwise: 'unverified' } as const
    const { statement } = await readEvidence(bytes, { trust, signal: terminal.signal })
    if (statement === null) throw UsageWrong({ message: 'that is no signed statement', usage: evidenceVerify.usage })
    const { verified, signer, predicateType, subjects } = statement
    const names = subjects.map((one) => `  ${one.digests['sha256'] ?? one.digests['gitCommit'] ?? ''}  ${one.name}\n`)
    terminal.out(
      args.values['json'] === true
        ? `${JSON.stringify(statement)}\n`
        : `${verified}${signer === null ? '' : ` by ${signer.replace(/\p{C}/gu, '\ufffd')}`}\n${predicateType}\n${names.join('')}`,
    )
    return verified === 'verified' ? 0 : 1
  },
}

function pinnedIn(args: Arguments): { identity?: string; issuer?: string } {
  const [identity, issuer] = [textOption(args, 'identity'), textOption(args, 'issuer')]
  return { ...(identity === undefined ? {} : { identity }), ...(issuer === undefined ? {} : { issuer }) }
}

async function readText(path: string, terminal: Terminal): Promise<string> {
  const real = resolve(terminal.cwd, path)
  return readFile(real, 'utf8').catch((error: unknown) => {
    throw EvidenceFileUnreadable({ path: real }, error)
  })
}
