const plain = new Intl.NumberFormat('en')

/** 12,345 */
export function grouped(value: number): string {
  return plain.format(value)
}

/** `12 %`; small parts with one decimal, what is not zero never as `0 %`, and `n/a` of nothing. */
export function percent(part: number, total: number): string {
  if (total === 0) return 'n/a'
  const value = (part / total) * 100
  if (value > 0 && value < 0.1) return '< 0.1 %'
  if (value < 100 && value > 99.9) return '> 99.9 %'
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} %`
}

/** `1 change`, `2 changes` */
export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`
}

export function bytes(value: number): string {
  const unit = ['B', 'KB', 'MB', 'GB'].at(Math.min(3, Math.floor(Math.log10(Math.max(value, 1)) / 3))) ?? 'B'
  const scaled = value / 1000 ** ['B', 'KB', 'MB', 'GB'].indexOf(unit)
  return `${Number(scaled.toFixed(scaled < 10 && unit !== 'B' ? 1 : 0))} ${unit}`
}

/** With a capital first letter, as what begins a line has it. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Text from a repository as one line: control and direction characters, which could lie about it, are shown as �. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
