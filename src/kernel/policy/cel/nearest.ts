/** The one of `known` that `name` is probably a misspelling of: at most a third of its letters differ. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((one) => ({ one, distance: distance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(1, Math.floor(name.length / 3)) ? best.one : undefined
}

/** Letters that were changed, left out, put in or swapped with their neighbour; names are short. */
function distance(a: string, b: string): number {
  const first = [...a.slice(0, 100)]
  const second = [...b.slice(0, 100)]
  const rows = [Array.from({ length: second.length + 1 }, (_, i) => i)]
  for (const [i, letter] of first.entries()) {
    const row = [i + 1]
    for (const [j, other] of second.entries()) {
      const at = (up: number, left: number) =>
        (up === 0 ? row : rows[i + 1 - up])?.[j + 1 - left] ?? Number.POSITIVE_INFINITY
      const isSwapped = letter === second[j - 1] && first[i - 1] === other
      const replaced = at(1, 1) + (letter === other ? 0 : 1)
      row.push(Math.min(replaced, at(1, 0) + 1, at(0, 1) + 1, isSwapped ? at(2, 2) + 1 : replaced))
    }
    rows.push(row)
  }
  return rows.at(-1)?.at(-1) ?? 0
}
