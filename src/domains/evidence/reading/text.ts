/**
 * Text of a report as it may be shown anywhere: one line, at most `max` characters, without what a terminal or a page would
 * obey (control characters, marks that turn the direction of writing, invisible ones, halves of surrogate pairs).
 */
export function clean(text: string, max: number): string {
  // twice the wanted length is enough to look at, whatever is in it
  const start = text.length > max * 2 ? text.slice(0, max * 2) : text
  const line = start
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .trim()
  const characters = [...line]
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`
}

/** The name of a tool or version as it may stand in the ledger for ever: the marks that such names are made of, no others. */
export function productName(text: string | undefined, max = 100): string | null {
  if (text === undefined) return null
  const name = clean(text, max)
    .replace(/[^\p{L}\p{N} ._@/+():#-]/gu, '')
    .trim()
  return name === '' ? null : name
}

/** A time of a report in UTC with milliseconds; null where it is none, or outside of what a year of four digits can say. */
export function instant(text: string | number | undefined): string | null {
  if (text === undefined || text === '') return null
  const ms = typeof text === 'number' ? text : Date.parse(text.length > 40 ? '' : withZone(text))
  if (Number.isNaN(ms) || ms < 0 || ms > 253_402_300_799_999) return null
  return new Date(ms).toISOString()
}

/** A time without zone is taken as UTC, never as that of the machine that reads it. */
function withZone(text: string): string {
  return /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text
}
