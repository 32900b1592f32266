/** `12 %`; below 1 % with a decimal; `<0.1 %` and `>99.9 %` never round to nothing or everything. */
export function percent(share: number | null): string {
  if (share === null) return 'unknown'
  const value = share * 100
  if (value === 0 || value === 100) return `${value} %`
  if (value < 0.1) return '<0.1 %'
  if (value > 99.9) return '>99.9 %'
  return value < 1 || value > 99 ? `${value.toFixed(1)} %` : `${Math.round(value)} %`
}

/** A lower bound: never rounded up. */
export function atLeast(share: number | null): string {
  if (share === null || share === 0 || share === 1) return percent(share)
  const value = share * 100
  if (value < 0.1) return 'a trace (<0.1 %)'
  return value < 1 || value > 99 ? `${(Math.floor(value * 10) / 10).toFixed(1)} %` : `${Math.floor(value)} %`
}

/** An upper bound: never rounded down. */
export function atMost(share: number | null): string {
  if (share === null || share === 0 || share === 1) return percent(share)
  const value = share * 100
  return value < 1 || value > 99 ? `${(Math.ceil(value * 10) / 10).toFixed(1)} %` : `${Math.ceil(value)} %`
}

/** `12,345`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** `2026-11-23`. */
export function day(moment: string): string {
  return moment.slice(0, 10)
}
