import { grouped, percent } from './figures.ts'

/** Lines or commits by what is known of them; the five parts sum to `total`. */
export interface Parts {
  readonly attested: number
  readonly declared: number
  readonly hinted: number
  readonly humanAttested: number
  readonly unknown: number
  readonly total: number
}

/** From what is surest to be AI to what people attested as theirs: the same order and patterns as in reports. */
export const partNames = ['attested', 'declared', 'hinted', 'unknown', 'humanAttested'] as const
export type PartName = (typeof partNames)[number]
export const partWords: Readonly<Record<PartName, string>> = {
  attested: 'attested AI',
  declared: 'declared AI',
  hinted: 'hinted',
  unknown: 'unknown',
  humanAttested: 'human',
}

/** Patterns of what is not known; once, before any bar. */
export function IntervalDefinitions() {
  return (
    <svg className="defs" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern id="hatch-hinted" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="7" height="7" className="hinted-ground" />
          <rect width="3" height="7" className="hinted-ink" />
        </pattern>
        <pattern id="hatch-unknown" width="6" height="6" patternUnits="userSpaceOnUse">
          <rect width="6" height="6" className="unknown-ground" />
          <circle cx="3" cy="3" r="1.1" className="unknown-ink" />
        </pattern>
      </defs>
    </svg>
  )
}

/** Attribution as an interval: what is surely AI, what surely is not, and what nobody said in between. */
export function Interval({ parts, unit, slim = false }: IntervalProps) {
  if (parts.total === 0) return <span className="quiet small">no counted {unit}</span>
  const told = partNames
    .filter((name) => parts[name] > 0)
    .map((name) => `${partWords[name]} ${percent(parts[name], parts.total)}`)
  return (
    <svg className={slim ? 'interval slim' : 'interval'} role="img" aria-label={`${unit}: ${told.join(', ')}`}>
      <title>{told.join(', ')}</title>
      {segments(parts)}
    </svg>
  )
}

interface IntervalProps {
  readonly parts: Parts
  /** `lines` or `commits`. */
  readonly unit: string
  readonly slim?: boolean
}

export function IntervalLegend({ parts, unit }: { readonly parts: Parts; readonly unit: string }) {
  return (
    <ul className="legend">
      {partNames.map((name) => (
        <li key={name}>
          <PartKey name={name} />
          <span className="legend-figure">
            {partWords[name]} <b>{percent(parts[name], parts.total)}</b>
          </span>
          <span className="legend-count quiet">
            {grouped(parts[name])} {unit}
          </span>
        </li>
      ))}
    </ul>
  )
}

export function PartKey({ name }: { readonly name: PartName }) {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <rect width="12" height="12" rx="3" className={`part-${name}`} />
    </svg>
  )
}

function segments(parts: Parts) {
  let x = 0
  return partNames.map((name) => {
    const width = (parts[name] / parts.total) * 100
    const at = x
    x += width
    if (width === 0) return null
    // in parts of the whole, so that patterns keep their shape; what exists is seen, however small
    return (
      <rect
        key={name}
        x={`${at}%`}
        y="0"
        width={`${Math.max(width - 0.15, 0.4)}%`}
        height="100%"
        className={`part-${name}`}
      />
    )
  })
}
