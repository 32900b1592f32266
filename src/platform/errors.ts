/** An error that is the caller's business: it has a stable code, an HTTP status and text that says what to do. */
export class DomainError extends Error {
  readonly code: string
  readonly status: number
  readonly hint: string | undefined
  readonly facts: Readonly<Record<string, unknown>>

  constructor(definition: ErrorDefinition, message: string, facts: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DomainError'
    this.code = definition.code
    this.status = definition.status
    this.hint = definition.hint
    this.facts = facts
  }
}

export interface ErrorDefinition {
  readonly code: string
  readonly status: number
  /** One sentence that tells the reader what to do; shown after the message. */
  readonly hint: string | undefined
}

/** Makes one declared error; `cause` is kept for the log and never shown to the caller. */
export type ErrorFactory<F extends object> = ErrorDefinition & {
  (facts: F, cause?: unknown): DomainError
  /** Whether `error` was made by this factory. */
  is(error: unknown): error is DomainError
}

/**
 * Declares an error once: its code (stable, snake_case), its HTTP status and its text.
 *
 * Text is lower case without a final period; user input stands in backticks; it never names a type, SQL or a secret.
 * The declaration belongs in the `errors` list of its module, from which the reference page and the OpenAPI document are made.
 */
export function defineError<F extends object>(
  code: string,
  status: number,
  message: (facts: F) => string,
  hint?: string,
): ErrorFactory<F> {
  const definition: ErrorDefinition = { code, status, hint }
  const create = (facts: F, cause?: unknown) =>
    new DomainError(definition, message(facts), Object.fromEntries(Object.entries(facts)), cause)
  const is = (error: unknown): error is DomainError => error instanceof DomainError && error.code === code
  return Object.assign(create, definition, { is })
}
