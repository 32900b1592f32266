import { pino } from 'pino'

/** What code may say to the operator: an event name and facts that are never prompts, secrets or personal data. */
export interface Log {
  debug(facts: LogFacts): void
  info(facts: LogFacts): void
  warn(facts: LogFacts): void
  error(facts: LogFacts): void
}

export interface LogFacts {
  /** `noun.verb-past`, such as `server.started`. */
  readonly event: string
  readonly [fact: string]: unknown
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Structured JSON lines on `destination` (standard error by default: standard output carries results). */
export function createLog(level: LogLevel, destination: NodeJS.WritableStream = process.stderr): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: '[redacted]' },
      serializers: { error: describeError },
    },
    destination,
  )
  return {
    debug: (facts) => logger.debug(facts),
    info: (facts) => logger.info(facts),
    warn: (facts) => logger.warn(facts),
    error: (facts) => logger.error(facts),
  }
}

export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** A second wall only: callers must not pass these in the first place. */
const redacted = ['password', 'token', 'secret', 'authorization', 'cookie', 'prompt', 'email'].flatMap((name) => [
  name,
  `*.${name}`,
])

/** The stack and code of an error, without the facts that a driver may have put the row's values in. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  return { name: error.name, message: error.message, code, stack: error.stack }
}

function ignore(): void {
  // silence is what was asked for
}
