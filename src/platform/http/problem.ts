import type { FastifyError } from 'fastify'
import { ZodError } from 'zod'
import { DomainError } from '../errors.ts'
import { BodyTooLarge, InternalError, MediaTypeUnsupported, RequestInvalid, TooManyRequests } from './errors.ts'

/** An RFC 9457 problem; `type` names the code, which the generated error page explains. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly hint?: string
  readonly instance: string
}

/** Turns anything thrown into a declared error; what nobody declared becomes an opaque `internal_error`. */
export function declared(error: unknown, bodyBytesMax: number): DomainError {
  if (error instanceof DomainError) return error
  if (error instanceof ZodError) {
    return RequestInvalid({
      issues: error.issues
        .slice(0, 20)
        .map((issue) => ({ path: issue.path.join('.') || 'body', message: issue.message })),
    })
  }
  return fromFramework(error, bodyBytesMax) ?? InternalError({}, error)
}

export function problem(error: DomainError, correlationId: string): Problem {
  return {
    type: `urn:countersign:error:${error.code}`,
    title: error.code.replaceAll('_', ' '),
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    instance: `urn:uuid:${correlationId}`,
  }
}

function fromFramework(error: unknown, bodyBytesMax: number): DomainError | undefined {
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return BodyTooLarge({ bytesMax: bodyBytesMax })
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return MediaTypeUnsupported({})
  if (code === 'FST_ERR_BAD_URL') return RequestInvalid({ issues: [{ path: 'url', message: 'is not readable' }] })
  if (code === 'FST_ERR_MAX_PARAM_LENGTH')
    return RequestInvalid({ issues: [{ path: 'url', message: 'has a part that is too long' }] })
  if (statusCode === 429) return TooManyRequests({ retryAfterSeconds: 60 })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return RequestInvalid({ issues: [{ path: 'body', message: 'is not readable as JSON' }] }, error)
  }
  return undefined
}
