import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigInvalid, defaultConfig, loadConfig, settingNames, settings } from './config.ts'
import { DomainError } from './errors.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-config-'))
  const certificate = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=a']
  for (const name of ['one', 'two'])
    execFileSync('openssl', ['req', ...certificate, '-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)], {
      stdio: 'ignore',
    })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('there are at most 15 settings, each with a variable of its own and a sentence about it', () => {
  const all = Object.values(settings)
  expect(all.length).toBeGreaterThan(10)
  expect(all.length).toBeLessThanOrEqual(15)
  expect(new Set(all.map((one) => one.env)).size).toBe(all.length)
  expect(all.filter((one) => one.about.length < 10)).toEqual([])
})

test('with nothing given, every setting has its default', () => {
  expect(loadConfig({ data: folder }, {})).toEqual({ ...defaultConfig(), data: folder })
  expect(defaultConfig()).toMatchObject({ data: '.countersign', host: '127.0.0.1', port: 7420, 'ledger.public': false })
})

test('flags come before the environment, the environment before the file, the file before the default', async () => {
  const data = await fileWith('port: 1\nhost: file.example\nlogLevel: warn\nledger:\n  public: true\n')
  const env = { COUNTERSIGN_PORT: '2', COUNTERSIGN_HOST: 'env.example' }
  expect(loadConfig({ data, port: '3' }, env)).toMatchObject({ port: 3, host: 'env.example', logLevel: 'warn' })
  expect(loadConfig({ data }, env)).toMatchObject({ port: 2, host: 'env.example', 'ledger.public': true })
  expect(loadConfig({ data }, {})).toMatchObject({ port: 1, host: 'file.example' })
  expect(loadConfig({ data }, { COUNTERSIGN_PORT: '' })).toMatchObject({ port: 1 })
})

test('the file is `config.yaml` in the data folder, or the one that is named', async () => {
  const data = await fileWith('port: 1\n')
  const named = at('named.yaml')
  await writeFile(named, 'port: 9\n')
  expect(loadConfig({ data, config: named }, {}).port).toBe(9)
  expect(loadConfig({ data }, { COUNTERSIGN_CONFIG: named }).port).toBe(9)
  expect(loadConfig({}, { COUNTERSIGN_DATA: data }).port).toBe(1)
})

test('a list is a YAML list, or words with commas', async () => {
  const data = await fileWith('trustedProxies: [10.0.0.0/8, "fd00::/8"]\n')
  expect(loadConfig({ data }, {}).trustedProxies).toEqual(['10.0.0.0/8', 'fd00::/8'])
  const env = { COUNTERSIGN_TRUSTED_PROXIES: '192.0.2.1, 10.0.0.0/8' }
  expect(loadConfig({ data: folder }, env).trustedProxies).toEqual(['192.0.2.1', '10.0.0.0/8'])
})

test('a certificate with its key is taken', () => {
  const env = { COUNTERSIGN_TLS_CERT: at('one.crt'), COUNTERSIGN_TLS_KEY: at('one.key') }
  expect(loadConfig({ data: folder }, env)).toMatchObject({ 'tls.cert': at('one.crt'), 'tls.key': at('one.key') })
})

const wrongVariables: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['a port beyond the last', { COUNTERSIGN_PORT: '65536' }, '`port` (`COUNTERSIGN_PORT`): must be a whole number'],
  ['a port of no digits', { COUNTERSIGN_PORT: 'http' }, '`port` (`COUNTERSIGN_PORT`): must be a whole number'],
  ['a port in scientific notation', { COUNTERSIGN_PORT: '1e3' }, '`port` (`COUNTERSIGN_PORT`): must be a whole number'],
  ['a limit below the least', { COUNTERSIGN_REQUESTS_PER_MINUTE: '9' }, 'must be a whole number from 10 to 1000000'],
  ['a flag of another word', { COUNTERSIGN_LEDGER_PUBLIC: 'yes' }, '`ledger.public` (`COUNTERSIGN_LEDGER_PUBLIC`)'],
  ['a level that is none', { COUNTERSIGN_LOG_LEVEL: 'loud' }, '`logLevel` (`COUNTERSIGN_LOG_LEVEL`)'],
  ['an address without a scheme', { COUNTERSIGN_PUBLIC_URL: 'example.com' }, '`publicUrl` (`COUNTERSIGN_PUBLIC_URL`)'],
  ['an address to fetch by FTP', { COUNTERSIGN_PUBLIC_URL: 'ftp://example.com' }, 'such as `https://'],
  ['a proxy that is no address', { COUNTERSIGN_TRUSTED_PROXIES: '10.0.0.1,proxy' }, '`proxy` is no address or network'],
  ['a network that is too narrow', { COUNTERSIGN_TRUSTED_PROXIES: '10.0.0.1/33' }, '`10.0.0.1/33` is no address'],
  [
    'a database of another kind',
    { DATABASE_URL: 'mysql://h/d' },
    '`databaseUrl` (`DATABASE_URL`): must begin with `postg',
  ],
  ['a name of a log with a scheme', { COUNTERSIGN_LEDGER_ORIGIN: 'https://a.example' }, '`ledger.origin`'],
  ['half of TLS', { COUNTERSIGN_TLS_CERT: 'cert.pem' }, '`tls.cert` and `tls.key` go together'],
  ['a variable that is unknown', { COUNTERSIGN_FOO: '1' }, 'unknown variable `COUNTERSIGN_FOO`'],
  [
    'a variable that is misspelt',
    { COUNTERSIGN_PROT: '1' },
    'unknown variable `COUNTERSIGN_PROT`: did you mean `COUNTERSIGN_PORT`',
  ],
  [
    'a file that is not there',
    { COUNTERSIGN_CONFIG: '/nowhere/config.yaml' },
    'the file `/nowhere/config.yaml` does not exist',
  ],
]

test.each(wrongVariables)('%s stops the start with the fix', (_, env, sentence) => {
  expect(refusal({ data: folder }, env)).toContain(sentence)
})

test('a certificate that is absent, is none, or belongs to another key stops the start', async () => {
  const tls = (cert: string, key: string) =>
    refusal({ data: folder }, { COUNTERSIGN_TLS_CERT: cert, COUNTERSIGN_TLS_KEY: key })
  expect(tls(at('absent'), at('one.key'))).toContain(`\`tls.cert\`: the file \`${at('absent')}\` cannot be read`)
  expect(tls(at('one.crt'), at('two.key'))).toContain('are not a certificate and its private key')
  await writeFile(at('text'), 'no certificate')
  expect(tls(at('text'), at('one.key'))).toContain('are not a certificate and its private key')
})

const wrongFiles: readonly (readonly [string, string, string])[] = [
  ['is not YAML', 'port: [1', 'is not YAML'],
  ['has a key twice', 'port: 1\nport: 2\n', 'is not YAML'],
  ['is a list', '- port\n', 'must hold settings, such as `port: 7420`'],
  ['is a word', 'port\n', 'must hold settings'],
  ['has an unknown setting', 'prot: 1\n', 'unknown setting `prot`'],
  ['has an unknown nested setting', 'tls:\n  cret: a\n', 'unknown setting `tls.cret`'],
  ['has a word where settings are nested', 'tls: yes please\n', 'unknown setting `tls`'],
  ['names what every object has', 'constructor: 1\n', 'unknown setting `constructor`'],
  ['has a wrong value', 'port: true\n', '`port` (`COUNTERSIGN_PORT`): must be a whole number from 0 to 65535'],
  ['has an object for a value', 'host:\n  name: a\n', 'unknown setting `host.name`'],
]

test.each(wrongFiles)('a file that %s stops the start with the fix', async (_, content, sentence) => {
  expect(refusal({ data: await fileWith(content) }, {})).toContain(sentence)
})

test('all that is wrong is said at once', () => {
  const said = refusal({ data: folder }, { COUNTERSIGN_PORT: 'a', COUNTERSIGN_LOG_LEVEL: 'b', COUNTERSIGN_X: 'c' })
  for (const part of ['`COUNTERSIGN_X`', '`port`', '`logLevel`']) expect(said).toContain(part)
})

test('variables of clients and of other programs are left alone', () => {
  const env = { COUNTERSIGN_TOKEN: 'a', COUNTERSIGN_SERVER: 'b', HOME: '/root' }
  expect(loadConfig({ data: folder }, env)).toEqual({ ...defaultConfig(), data: folder })
})

test('a value never gets in unchecked, whatever stands in the environment', () => {
  const variables = settingNames().map((name) => settings[name].env)
  fc.assert(
    fc.property(fc.constantFrom(...variables), fc.string(), (name, value) => {
      try {
        const { port, requestsPerMinute, trustedProxies } = loadConfig({ data: folder }, { [name]: value })
        return port >= 0 && port < 65_536 && requestsPerMinute >= 10 && trustedProxies.length === 0
      } catch (error) {
        return error instanceof DomainError && ConfigInvalid.is(error)
      }
    }),
  )
})

let files = 0

/** A data folder with this `config.yaml`. */
async function fileWith(content: string): Promise<string> {
  const data = await mkdtemp(join(folder, `data-${files++}-`))
  await writeFile(join(data, 'config.yaml'), content)
  return data
}

function at(name: string): string {
  return join(folder, name)
}

function refusal(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(flags, env)
  } catch (error) {
    if (ConfigInvalid.is(error)) return error.message
    throw error
  }
  throw new Error('the configuration was taken')
}
