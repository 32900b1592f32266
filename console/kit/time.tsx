import { usePreferences } from './preferences.tsx'

const units = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** A time as people say it; the exact one, with its zone, is shown on hover and in print. */
export function Time({ at, exact = false }: { readonly at: string; readonly exact?: boolean }) {
  const { zone, nowMs } = usePreferences()
  const full = exactTime(at, zone)
  return (
    <time dateTime={at} title={full}>
      {exact ? full : ago(Date.parse(at), nowMs)}
    </time>
  )
}

export function exactTime(at: string, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  })
  const time = Date.parse(at)
  return Number.isNaN(time) ? at : format.format(time)
}

export function ago(atMs: number, nowMs: number): string {
  const distance = atMs - nowMs
  const [unit, ms] = units.find((one) => Math.abs(distance) >= one[1]) ?? []
  if (unit === undefined || ms === undefined) return distance > 0 ? 'in a moment' : 'just now'
  return relative.format(Math.round(distance / ms), unit)
}
