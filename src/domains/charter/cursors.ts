import { CursorInvalid } from '#platform/http/errors.ts'

/** @throws cursor_invalid */
export function readNumber(cursor: string): number {
  if (!/^[1-9]\d{0,8}$/.test(cursor)) throw CursorInvalid({})
  return Number(cursor)
}

/** A moment with the id of what was there then. @throws cursor_invalid */
export function readMoment(cursor: string): { at: Date; id: string } {
  const [, ms, id] = /^(\d{1,16})\.([a-z]{3}_[\w-]{1,80})$/.exec(cursor) ?? []
  if (ms === undefined || id === undefined || Number(ms) > 8.64e15) throw CursorInvalid({})
  return { at: new Date(Number(ms)), id }
}

export function momentOf({ at, id }: { readonly at: Date; readonly id: string }): string {
  return `${at.getTime()}.${id}`
}
