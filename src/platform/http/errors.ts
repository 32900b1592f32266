import { defineError } from '../errors.ts'

/** What any route may answer before or beside its own errors. */
export const RequestInvalid = defineError<{ issues: readonly { path: string; message: string }[] }>(
  'request_invalid',
  400,
  ({ issues }) => `the request is not valid: ${issues.map((one) => `\`${one.path}\` ${one.message}`).join('; ')}`,
  'send what the OpenAPI document at `/openapi.json` describes',
)
export const NotSignedIn = defineError<object>(
  'not_signed_in',
  401,
  () => 'this needs a valid token',
  'send `Authorization: Bearer …`; `countersign token create` makes a token, the sign-in link of the first start a session',
)
export const Forbidden = defineError<{ permission: string }>(
  'forbidden',
  403,
  ({ permission }) => `your token does not carry the permission \`${permission}\``,
  'ask an owner for a token with that scope',
)
export const CursorInvalid = defineError<object>(
  'cursor_invalid',
  400,
  () => 'the cursor is not one that this list gave',
  'start the list again without `cursor`',
)
export const RouteNotFound = defineError<{ method: string; path: string }>(
  'route_not_found',
  404,
  ({ method, path }) => `there is no \`${method} ${path}\``,
  'the OpenAPI document at `/openapi.json` lists every route',
)
export const BodyTooLarge = defineError<{ bytesMax: number }>(
  'body_too_large',
  413,
  ({ bytesMax }) => `the body is larger than ${bytesMax} bytes`,
)
export const MediaTypeUnsupported = defineError<object>(
  'media_type_unsupported',
  415,
  () => 'the body must be `application/json`, or `application/octet-stream` where the route takes a file',
)
export const TooManyRequests = defineError<{ retryAfterSeconds: number }>(
  'too_many_requests',
  429,
  ({ retryAfterSeconds }) => `too many requests: try again in ${retryAfterSeconds} s`,
  'the setting `requestsPerMinute` is the limit',
)
export const CrossSite = defineError<object>(
  'cross_site_request',
  403,
  () => 'a browser sent this from another site',
  'open the page on this server and try again',
)
export const CsrfTokenWrong = defineError<object>(
  'csrf_token_wrong',
  403,
  () => 'this was not sent by a page of ours',
  'send the `csrfToken` of `GET /v1/session` as `x-csrf-token` with every write by cookie; load the page again',
)
export const InternalError = defineError<object>(
  'internal_error',
  500,
  () => 'something went wrong on our side; nothing was changed by this request',
  'look for the correlation id in the server log',
)

export const NotReady = defineError<{ checks: readonly string[] }>(
  'not_ready',
  503,
  ({ checks }) => `not ready: ${checks.join(', ')}`,
  'run `countersign doctor` on the machine of the server',
)

export const AddressUnusable = defineError<{ host: string; port: number; reason: string }>(
  'address_unusable',
  500,
  ({ host, port, reason }) => `cannot listen on \`${host}:${port}\`: ${reason}`,
  'choose another by `--port` or `--host`; `--port 0` picks a free port',
)

export const httpErrors = [
  RequestInvalid,
  CursorInvalid,
  NotSignedIn,
  Forbidden,
  CrossSite,
  CsrfTokenWrong,
  RouteNotFound,
  BodyTooLarge,
  MediaTypeUnsupported,
  TooManyRequests,
  InternalError,
  NotReady,
  AddressUnusable,
]
