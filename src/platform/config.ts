import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { parse } from 'yaml'
import { z } from 'zod'
import { defineError } from './errors.ts'

export const ConfigInvalid = defineError<{ problems: readonly string[] }>(
  'config_invalid',
  500,
  ({ problems }) => `the configuration is wrong: ${problems.join('; ')}`,
  'mend the settings named above and start again; the reference page `configuration` lists them all',
)

const text = z.string().min(1)
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')])
const databaseAddress = z.string().regex(/^postgres(ql)?:\/\/.+/, 'must begin with `postgresql://`')
const addresses = z
  .union([z.array(text), z.string().transform((line) => line.split(',').map((part) => part.trim()))])
  .refine((list) => list.every(isNetwork), {
    error: (issue) => `\`${[issue.input].flat().find((one) => !isNetwork(String(one)))}\` is no address or network`,
  })

/** A whole number in the bounds, from a file as a number, from flags and environment as digits. */
function whole(min: number, max: number): z.ZodType<number> {
  const error = `must be a whole number from ${min} to ${max}`
  const number = z.union(
    [
      z.number(),
      z
        .string()
        .regex(/^[0-9]{1,9}$/)
        .transform(Number),
    ],
    { error },
  )
  return number.refine((value) => Number.isInteger(value) && value >= min && value <= max, { error })
}

function isNetwork(one: string): boolean {
  const [address = '', prefix, ...more] = one.split('/')
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  return bits > 0 && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
}

/** One setting: where it may be given, what it must be, and what holds when nobody gives it. */
interface Setting<T> {
  readonly env: string
  readonly schema: z.ZodType<T>
  readonly fallback: T | undefined
  readonly about: string
}

function setting<T>(env: string, schema: z.ZodType<T>, fallback: T | undefined, about: string): Setting<T> {
  return { env, schema, fallback, about }
}

/** Every setting of the process: at most 15. What an organization configures is not here; it is an object with history. */
export const settings = {
  data: setting('COUNTERSIGN_DATA', text, '.countersign', 'folder for keys, tiles, the embedded database and reports'),
  repo: setting(
    'COUNTERSIGN_REPO',
    text,
    undefined,
    'git repository to govern at start; the current folder when it is one',
  ),
  host: setting('COUNTERSIGN_HOST', text, '127.0.0.1', 'address to listen on'),
  port: setting('COUNTERSIGN_PORT', whole(0, 65_535), 7420, 'port to listen on; `0` picks a free one'),
  publicUrl: setting(
    'COUNTERSIGN_PUBLIC_URL',
    z.url({ protocol: /^https?$/, error: 'must be an address such as `https://countersign.example.com`' }),
    undefined,
    'address that people and tools use, when it is not host and port',
  ),
  'tls.cert': setting('COUNTERSIGN_TLS_CERT', text, undefined, 'PEM file of the certificate chain; needs `tls.key`'),
  'tls.key': setting('COUNTERSIGN_TLS_KEY', text, undefined, 'PEM file of the private key; needs `tls.cert`'),
  trustedProxies: setting(
    'COUNTERSIGN_TRUSTED_PROXIES',
    addresses,
    [],
    'addresses or networks whose `X-Forwarded-*` headers count',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    databaseAddress,
    undefined,
    'your PostgreSQL 15 or newer, instead of the embedded one',
  ),
  databaseUrlDirect: setting(
    'DATABASE_URL_DIRECT',
    databaseAddress,
    undefined,
    'the same database past a pooler, for LISTEN and migrations',
  ),
  postgresBinaries: setting(
    'COUNTERSIGN_POSTGRES_BINARIES',
    text,
    undefined,
    'folder with your own `initdb` and `postgres` for the embedded database',
  ),
  'ledger.origin': setting(
    'COUNTERSIGN_LEDGER_ORIGIN',
    z.string().regex(/^[a-z0-9][a-z0-9./-]{0,200}$/),
    undefined,
    'name of the log, fixed at first start; a schema-less URL prefix such as `audit.example.com/log`',
  ),
  'ledger.public': setting(
    'COUNTERSIGN_LEDGER_PUBLIC',
    flag,
    false,
    'opens checkpoint and hash tiles, never entries, to anyone',
  ),
  requestsPerMinute: setting(
    'COUNTERSIGN_REQUESTS_PER_MINUTE',
    whole(10, 1_000_000),
    600,
    'requests that one address may make in a minute',
  ),
  logLevel: setting(
    'COUNTERSIGN_LOG_LEVEL',
    z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'least severity that is logged',
  ),
} as const

type Settings = typeof settings
type SettingName = keyof Settings
type Value<S> = S extends Setting<infer T> ? T : never
type Optional =
  | 'repo'
  | 'publicUrl'
  | 'tls.cert'
  | 'tls.key'
  | 'databaseUrl'
  | 'databaseUrlDirect'
  | 'postgresBinaries'
  | 'ledger.origin'

export type Config = { readonly [K in Exclude<SettingName, Optional>]: Value<Settings[K]> } & {
  readonly [K in Optional]: Value<Settings[K]> | undefined
}

/** Variables that begin with `COUNTERSIGN_` and are for clients, not for the server. */
const clientVariables = new Set([
  'COUNTERSIGN_TOKEN',
  'COUNTERSIGN_ID_TOKEN',
  'COUNTERSIGN_SERVER',
  'COUNTERSIGN_CONFIG',
])

/**
 * Reads the settings: command-line flags before environment before file (`--config`, else `config.yaml` in the data folder) before defaults.
 *
 * @throws config_invalid naming every setting that is unknown or wrong, with what it should be
 */
export function loadConfig(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv = process.env): Config {
  const problems: string[] = []
  const file = readConfigFile(flags, env, problems)
  for (const name of Object.keys(env)) {
    if (!name.startsWith('COUNTERSIGN_') || clientVariables.has(name)) continue
    if (!Object.values(settings).some((known) => known.env === name))
      problems.push(
        `unknown variable \`${name}\`${nearest(
          name,
          Object.values(settings).map((known) => known.env),
        )}`,
      )
  }
  const values: Record<string, unknown> = {}
  for (const name of settingNames()) {
    const given = flags[name] ?? blankIsAbsent(env[settings[name].env]) ?? file[name] ?? settings[name].fallback
    values[name] = given === undefined ? undefined : read(name, given, problems)
  }
  problems.push(...tlsProblems(values['tls.cert'], values['tls.key']))
  if (problems.length > 0) throw ConfigInvalid({ problems })
  // every value has passed the schema of its own setting
  return values as unknown as Config
}

/** A start that cannot serve TLS is refused before it has done anything. */
function tlsProblems(cert: unknown, key: unknown): string[] {
  if (cert === undefined && key === undefined) return []
  if (typeof cert !== 'string' || typeof key !== 'string')
    return ['`tls.cert` and `tls.key` go together: give both or neither']
  const unreadable = Object.entries({ 'tls.cert': cert, 'tls.key': key }).filter(([, path]) => !isReadable(path))
  if (unreadable.length > 0) return unreadable.map(([name, path]) => `\`${name}\`: the file \`${path}\` cannot be read`)
  try {
    createSecureContext({ cert: readFileSync(cert), key: readFileSync(key) })
    return []
  } catch {
    return [`\`tls.cert\` and \`tls.key\`: \`${cert}\` and \`${key}\` are not a certificate and its private key in PEM`]
  }
}

function isReadable(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}

/** What holds when nobody says anything. */
export function defaultConfig(): Config {
  const entries = settingNames().map((name) => [name, settings[name].fallback])
  // every default is of the type of its own setting
  return Object.fromEntries(entries) as Config
}

export function settingNames(): SettingName[] {
  return Object.keys(settings) as SettingName[]
}

function read(name: SettingName, given: unknown, problems: string[]): unknown {
  const schema: z.ZodType = settings[name].schema
  const result = schema.safeParse(given)
  if (result.success) return result.data
  problems.push(`\`${name}\` (\`${settings[name].env}\`): ${result.error.issues[0]?.message ?? 'is not valid'}`)
  return undefined
}

function readConfigFile(
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  problems: string[],
): Record<string, unknown> {
  const named = flags['config'] ?? env['COUNTERSIGN_CONFIG']
  const folder = flags['data'] ?? env['COUNTERSIGN_DATA'] ?? settings.data.fallback
  const path = resolve(typeof named === 'string' ? named : join(String(folder), 'config.yaml'))
  if (!existsSync(path)) {
    if (named !== undefined) problems.push(`the file \`${path}\` does not exist`)
    return {}
  }
  return flatten(readYaml(path, problems), path, problems)
}

function readYaml(path: string, problems: string[]): unknown {
  try {
    return parse(readFileSync(path, 'utf8'), { maxAliasCount: 0, stringKeys: true }) ?? {}
  } catch (error) {
    problems.push(
      `the file \`${path}\` is not YAML: ${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'}`,
    )
    return {}
  }
}

function flatten(content: unknown, path: string, problems: string[]): Record<string, unknown> {
  if (!isObject(content)) {
    problems.push(`the file \`${path}\` must hold settings, such as \`port: 7420\``)
    return {}
  }
  const flat: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(content).flatMap(unnest)) {
    if (Object.hasOwn(settings, name)) flat[name] = value
    else problems.push(`unknown setting \`${name}\` in \`${path}\`${nearest(name, settingNames())}`)
  }
  return flat
}

/** `tls: {cert: a}` is the setting `tls.cert`. */
function unnest([name, value]: [string, unknown]): [string, unknown][] {
  if (!isObject(value) || Object.keys(value).length === 0) return [[name, value]]
  return Object.entries(value).map(([inner, one]) => [`${name}.${inner}`, one])
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function blankIsAbsent(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

/** `: did you mean …` when one known name is at most two edits away. */
function nearest(name: string, known: readonly string[]): string {
  const best = known
    .map((one) => ({ one, edits: distance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0]
  return best !== undefined && best.edits <= 2 ? `: did you mean \`${best.one}\`` : ''
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
