import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { defineError } from '#platform/errors.ts'

export const NoHome = defineError<object>(
  'no_home',
  400,
  () => 'there is no folder to keep the token in',
  'set HOME or XDG_CONFIG_HOME, or use COUNTERSIGN_TOKEN',
)

const Credential = z.object({ token: z.string(), expiresAt: z.string() })
const Credentials = z.record(z.string(), Credential)
type Credential = z.infer<typeof Credential>

/** The token that `login` kept for this server; undefined when there is none that still holds. */
export function keptToken(env: NodeJS.ProcessEnv, server: string): string | undefined {
  const path = fileIn(env)
  const kept = path === undefined || !URL.canParse(server) ? undefined : read(path)[new URL(server).origin]
  return kept !== undefined && Date.parse(kept.expiresAt) > Date.now() ? kept.token : undefined
}

/** Keeps a token for this server in a file that nobody else may read; `undefined` forgets it. @throws no_home */
export function keepToken(env: NodeJS.ProcessEnv, server: string, credential: Credential | undefined): string {
  const path = fileIn(env)
  if (path === undefined) throw NoHome({})
  const { [new URL(server).origin]: _, ...others } = read(path)
  const all = credential === undefined ? others : { ...others, [new URL(server).origin]: credential }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${JSON.stringify(all, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
  chmodSync(draft, 0o600)
  renameSync(draft, path)
  return path
}

function fileIn(env: NodeJS.ProcessEnv): string | undefined {
  const { XDG_CONFIG_HOME: config, HOME: home } = env
  const folder = config || (home ? join(home, '.config') : undefined)
  return folder === undefined ? undefined : join(folder, 'countersign', 'credentials.json')
}

/** What is not ours to read counts as nothing: the worst of it is to sign in again. */
function read(path: string): Record<string, Credential> {
  try {
    return Credentials.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return {}
  }
}
