import { type Line, verdict } from './figure.ts'

/** Figure, measured, budget, verdict: a text table. The load says how busy the machine was with other things. */
export function table(name: string, load: number, lines: readonly Line[]): string {
  const rows = lines.map((line) => [line.what, measured(line), budget(line), verdict(line), line.note ?? ''])
  const head = [`${name} (load ${load.toFixed(1)})`, 'measured', 'budget', 'verdict', '']
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)))
  const text = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 1 || at === 2 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return [text(head), text(widths.map((width) => '-'.repeat(width))), ...rows.map(text), ''].join('\n')
}

function measured({ measured: value, unit }: Line): string {
  return value === undefined ? '-' : `${number(value)} ${unit}`
}

function budget({ budget: wanted, unit }: Line): string {
  if (wanted === undefined) return ''
  return 'atLeast' in wanted ? `>= ${number(wanted.atLeast)} ${unit}` : `<= ${number(wanted.atMost)} ${unit}`
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 })
}
