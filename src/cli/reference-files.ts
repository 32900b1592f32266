import { ServerRefused, ServerUnreachable } from '#client'
import { evidenceSchemas } from '#domains/evidence'
import { factsSchemas, rulesInForce } from '#domains/gates'
import { eventSchemas, type Module } from '#kernel/ledger'
import { settingNames, settings } from '#platform/config.ts'
import type { ErrorDefinition } from '#platform/errors.ts'
import { openApiDocument } from '#platform/http/openapi.ts'
import { describeModules, version } from '#server'
import { type Command, commonOptions, UsageWrong } from './command.ts'
import { NoHome } from './credentials.ts'
import { NotGoverned } from './governed-in.ts'
import { SecretFileUnreadable } from './issuer.ts'
import { NoDataFolder } from './ledger-access.ts'
import { LoginEnded } from './login.ts'
import { PackDownloadDiffers, PackMakingFailed, PackWaitEnded } from './pack-make.ts'
import { PolicyFileUnreadable } from './policy-check.ts'
import { BundleFileUnreadable } from './policy-engine.ts'
import { SubjectMissing } from './token-exchange.ts'

export const eventFolder = 'schemas/events'

/** Each file of the reference by its path below `docs/reference`. */
export function referenceFiles(commands: readonly Command[]): Map<string, string> {
  const modules = describeModules()
  const routes = modules.flatMap((one) => one.routes)
  const schemas = Object.entries(eventSchemas(modules.flatMap((one) => one.events)))
  return new Map([
    ['api.md', page('HTTP interface', apiIntroduction, modules.flatMap(describeRoutes))],
    ['openapi.json', `${JSON.stringify(openApiDocument(routes, version), undefined, 2)}\n`],
    ['errors.md', page('Errors', errorsIntroduction, errorTable(modules))],
    ['events.md', page('Events', eventsIntroduction, modules.flatMap(describeEvents))],
    ['permissions.md', page('Permissions', permissionsIntroduction, permissionTable(modules))],
    ['configuration.md', page('Configuration', configurationIntroduction, settingTable())],
    ['cli.md', page('Command line', commandsIntroduction, commands.flatMap(describeCommand))],
    ['rules.md', page('Rules of the merge gate', rulesIntroduction, describeGateRules())],
    ...Object.entries(evidenceSchemas()).map(([name, schema]): [string, string] => [
      `schemas/evidence/${name}-v1.schema.json`,
      `${JSON.stringify(schema, undefined, 2)}\n`,
    ]),
    ...factsSchemas().map(([name, schema]): [string, string] => [
      `schemas/facts/${name}.schema.json`,
      `${JSON.stringify(schema, undefined, 2)}\n`,
    ]),
    ...schemas.map(([type, schema]): [string, string] => [
      `${eventFolder}/${type}.schema.json`,
      `${JSON.stringify(schema, undefined, 2)}\n`,
    ]),
  ])
}

const apiIntroduction = `Every route with the permission it needs and the events it records. Shapes are in [openapi.json](openapi.json), which a
server also answers at \`/openapi.json\`. A route without \`public\` takes \`Authorization: Bearer TOKEN\`. Failures are
\`application/problem+json\` (RFC 9457) with a \`code\` of [errors](errors.md).`

const errorsIntroduction = `A failure names its code: in the \`code\` of a problem over HTTP, in \`error.code\` on the command line with \`--json\`. Codes
are stable; texts may be improved. A word in braces stands for a fact of the case.`

const eventsIntroduction = `Every type of audit event, with the JSON Schema of its \`data\`. The shape around it is the same for all:
[entry.schema.json](schemas/entry.schema.json). A member that reads \`hmac-sha256:…\` is a commitment: its value is kept apart, encrypted, and can be
erased. A required field that is null is named in \`na\`, with a reason out of a closed list.`

const permissionsIntroduction = `A token carries permissions as scopes; \`*\` stands for all of them. \`signed-in\` means any valid token.`

const configurationIntroduction = `Every setting of the process. A flag of \`countersign start\` comes before the variable, the variable before the file (\`--config\`,
\`COUNTERSIGN_CONFIG\`, else \`config.yaml\` in the data folder), the file before the default. A setting that is unknown or wrong stops the start. In
the file, \`tls.cert\` may stand as \`tls: {cert: …}\`. Clients read \`COUNTERSIGN_SERVER\` and \`COUNTERSIGN_TOKEN\`.`

const commandsIntroduction = `Results go to standard output, everything else to standard error. Exit code 0: done, or the answer is yes; 1: the answer is no;
2: it could not be done, with one sentence and a hint. Every command takes \`--json\` (${commonOptions.json.about}) and \`--help\`.`

const rulesIntroduction = `The built-in rules. A rule reads the facts of one change ([schema](schemas/facts/merge.schema.json)) and nothing else; where a fact that
decides it is missing, it is \`unknown\`, which denies. \`countersign gate rules --json\` has them with their expressions.`

function describeGateRules(): string[] {
  const rules = rulesInForce()
  return [...new Set(rules.map((one) => one.id.split('.')[0] ?? ''))].flatMap((pack) => {
    const rows = rules
      .filter((one) => one.id.startsWith(`${pack}.`))
      .map((one) => [
        code(one.id),
        one.title,
        one.clause ?? '',
        `${one.severity}, ${one.mode}${one.exception === 'never' ? ', no exception' : ''}`,
        one.owner,
        one.remediation ?? '',
      ])
    return [`## ${pack}`, table(['rule', 'holds when', 'clause', 'severity, mode', 'who mends it', 'how'], rows)]
  })
}

function describeRoutes({ name, routes }: Module): string[] {
  const rows = routes.map((one) => [
    code(`${one.method} ${one.path}`),
    one.permission === 'public' ? 'public' : code(one.permission),
    one.summary,
    one.records.map((type) => `[${code(type)}](events.md)`).join(', '),
    one.errors.map((error) => code(error.code)).join(', '),
  ])
  return rows.length === 0
    ? []
    : [`## ${name}`, table(['route', 'permission', 'what it does', 'records', 'errors'], rows)]
}

function describeEvents({ name, events }: Module): string[] {
  const rows = events.map((one) => [
    code(one.type),
    one.description,
    `[schema](${eventFolder}/${one.type}.schema.json)`,
  ])
  return rows.length === 0 ? [] : [`## ${name}`, table(['type', 'recorded when', 'data'], rows)]
}

/** Errors that only the command line meets. */
const commandErrors = [
  ...[
    UsageWrong,
    NoDataFolder,
    NotGoverned,
    PolicyFileUnreadable,
    BundleFileUnreadable,
    SecretFileUnreadable,
    SubjectMissing,
    LoginEnded,
    NoHome,
    ServerRefused,
    ServerUnreachable,
  ],
  ...[PackMakingFailed, PackDownloadDiffers, PackWaitEnded],
]

function errorTable(modules: readonly Module[]): string[] {
  const errors = [...modules.flatMap((one) => one.errors), ...commandErrors].sort((a, b) => (a.code < b.code ? -1 : 1))
  const rows = errors.map((one) => [code(one.code), String(one.status), meaningOf(one), one.hint ?? ''])
  return [table(['code', 'status', 'says', 'what to do'], rows)]
}

function permissionTable(modules: readonly Module[]): string[] {
  const routes = modules.flatMap((one) => one.routes)
  const rows = modules
    .flatMap((one) => one.permissions)
    .map(({ name, about, roles = [] }) => {
      const opened = routes.filter((one) => one.permission === name).map((one) => code(`${one.method} ${one.path}`))
      return [code(name), about, roles.join(', '), opened.join('<br>')]
    })
  return [table(['permission', 'lets its holder', 'roles besides the owner', 'routes'], rows)]
}

function settingTable(): string[] {
  const rows = settingNames().map((name) => {
    const { env, fallback, about } = settings[name]
    const standard = Array.isArray(fallback) ? fallback.join(',') : (fallback ?? '')
    return [code(name), code(env), standard === '' ? 'none' : code(String(standard)), about]
  })
  return [table(['setting', 'variable', 'default', 'what it is'], rows)]
}

function describeCommand({ name, usage, about, options }: Command): string[] {
  const rows = Object.entries(options).map(([option, one]) => [
    code(one.type === 'string' ? `--${option} …` : `--${option}`),
    one.about,
  ])
  const used = `${code(`countersign ${usage}`)}\n\n${about}.`
  return [`## ${name}`, used, ...(rows.length === 0 ? [] : [table(['option', 'what it does'], rows)])]
}

/** The text of an error with the names of its facts where the facts of a case would stand. */
function meaningOf(error: ErrorDefinition): string {
  if ('meaning' in error) return String(error.meaning)
  if (typeof error !== 'function') throw new Error(`the error ${error.code} has no text`)
  const make = error as (facts: object) => Error
  return make(new Proxy({}, { get: (_, name) => placeholder(String(name)), ownKeys: () => [] })).message
}

/** Stands for a fact of any type: as text it is its name in braces, and whatever is called on it answers the same. */
function placeholder(name: string): unknown {
  const itself: unknown = new Proxy(() => itself, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => `{${name}}` : itself),
  })
  return itself
}

function page(title: string, introduction: string, parts: readonly string[]): string {
  const notice = '<!-- Generated by `npm run docs`. -->'
  return `${[`# ${title}`, notice, introduction, ...parts].join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
