import { defineError } from '#platform/errors.ts'

export const EventIdConflict = defineError<{ id: string }>(
  'event_id_conflict',
  409,
  ({ id }) => `the event id \`${id}\` is taken by another event`,
  'send a new id for a new event; the same id is only for sending the same event again',
)
export const EventAlreadyRecorded = defineError<{ id: string }>(
  'event_already_recorded',
  409,
  ({ id }) => `the event \`${id}\` was recorded before, so this change was not made again`,
  'read what the first request made',
)
export const EventInvalid = defineError<{ type: string; problem: string }>(
  'event_invalid',
  400,
  ({ type, problem }) => `the event \`${type}\` cannot be recorded: ${problem}`,
)
export const PayloadTooLarge = defineError<{ bytes: number; bytesMax: number }>(
  'payload_too_large',
  413,
  ({ bytes, bytesMax }) => `the sealed values of one record are ${bytes} bytes; the most is ${bytesMax}`,
  'store the content elsewhere and record its digest',
)
export const LedgerBusy = defineError<{ retryAfterSeconds: number }>(
  'ledger_busy',
  503,
  () => 'too many records wait to be written',
  'try again in a moment; if it stays, look at the database with `countersign doctor`',
)
export const LedgerStopped = defineError<object>(
  'ledger_stopped',
  503,
  () => 'the ledger is stopping and takes no records',
  'try again in a few seconds',
)
export const LedgerRolledBack = defineError<{ known: number; found: number; where: string }>(
  'ledger_rolled_back',
  500,
  ({ known, found, where }) =>
    `the database knows ${known} signed records but ${where} shows ${found}: it was set back`,
  'restore a database that is at least as new; never delete the tile store or the high-water file to get past this',
)
export const LedgerForked = defineError<{ size: number; where: string }>(
  'ledger_forked',
  500,
  ({ size, where }) => `${where} holds another history of the same log at size ${size}`,
  'find out who wrote the other history before anything else; `countersign ledger fsck` names what differs',
)
export const TileStoreDamaged = defineError<{ problem: string }>(
  'tile_store_damaged',
  500,
  ({ problem }) => `the tile store is damaged: ${problem}`,
  'run `countersign ledger fsck`; it says what can be rebuilt with `--repair` and what needs a copy',
)
export const LedgerKeysMismatch = defineError<{ which: string }>(
  'ledger_keys_mismatch',
  500,
  ({ which }) => `the ${which} in the data folder is not the one this ledger was made with`,
  'start with the data folder (its `keys`) that belongs to this database',
)
export const RecordNotFound = defineError<{ id: string }>(
  'record_not_found',
  404,
  ({ id }) => `there is no published record \`${id}\``,
  'a record shows up within seconds of being made; look at `/v1/ledger/status` for the lag of the index',
)
export const LogPathNotFound = defineError<{ path: string }>(
  'log_path_not_found',
  404,
  ({ path }) => `the log does not publish \`${path}\``,
  'read `/log/checkpoint` first: only tiles that its size implies exist',
)
export const LogRangeInvalid = defineError<{ from: number; to: number; size: number }>(
  'log_range_invalid',
  400,
  ({ from, to, size }) => `there is no consistency proof from ${from} to ${to}: the log has ${size} records`,
  'ask for 1 <= from <= to <= size',
)
export const PayloadErased = defineError<{ id: string }>(
  'payload_erased',
  410,
  ({ id }) => `the values behind record \`${id}\` were erased`,
)

export const NotPublishedInTime = defineError<{ timeoutMs: number }>(
  'not_published_in_time',
  503,
  ({ timeoutMs }) => `the records are durable but were not published within ${timeoutMs} ms`,
  'look at `/v1/ledger/status`: it says whether a writer runs and what keeps it',
)

export const IndexBehind = defineError<{ timeoutMs: number }>(
  'index_behind',
  503,
  ({ timeoutMs }) => `the index of the ledger did not come as far as the log within ${timeoutMs} ms`,
  'look at `/v1/ledger/status`: it says how far behind the index is',
)
export const SearchCursorInvalid = defineError<{ cursor: string }>(
  'search_cursor_invalid',
  400,
  ({ cursor }) => `\`${cursor}\` is not a cursor of this list`,
  'pass what `next` of the page before said, unchanged',
)
export const SearchTooSlow = defineError<{ timeoutMs: number }>(
  'search_too_slow',
  503,
  ({ timeoutMs }) => `the search was not done within ${timeoutMs} ms`,
  'narrow it: a time range, a type or an actor',
)

export const ledgerServiceErrors = [
  EventIdConflict,
  EventAlreadyRecorded,
  EventInvalid,
  PayloadTooLarge,
  LedgerBusy,
  LedgerStopped,
  LedgerRolledBack,
  LedgerForked,
  TileStoreDamaged,
  LedgerKeysMismatch,
  RecordNotFound,
  LogPathNotFound,
  LogRangeInvalid,
  PayloadErased,
  NotPublishedInTime,
  IndexBehind,
  SearchCursorInvalid,
  SearchTooSlow,
]
