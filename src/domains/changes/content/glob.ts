/**
 * Whether a pattern of `.gitattributes` or `.gitignore` (gitignore(5), without `!`) names `path`, both relative to the
 * file's folder. Takes time in proportion to pattern times path, whatever the pattern, as it may be hostile.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const trimmed = pattern.startsWith('/') ? pattern.slice(1) : pattern
  if (trimmed.endsWith('/')) return false
  if (!pattern.includes('/')) return matchesSegment(trimmed, path.slice(path.lastIndexOf('/') + 1))
  return matchesParts(trimmed.split('/'), path.split('/'))
}

function matchesParts(pattern: readonly string[], path: readonly string[]): boolean {
  return wild(pattern, path, (part) => part === '**', matchesSegment)
}

function matchesSegment(pattern: string, name: string): boolean {
  return wild(tokens(pattern), [...name], (token) => token === '*' || token === '**', matchesToken)
}

// The classic two-pointer match: on failure only the last wildcard takes one more, which is enough and never explodes.
function wild(
  pattern: readonly string[],
  values: readonly string[],
  isWild: (token: string) => boolean,
  matches: (token: string, value: string) => boolean,
): boolean {
  let [at, value, wildAt, resume] = [0, 0, -1, 0]
  while (value < values.length) {
    const token = pattern[at]
    if (token !== undefined && isWild(token)) {
      wildAt = at++
      resume = value
    } else if (token !== undefined && matches(token, values[value] ?? '')) {
      at++
      value++
    } else if (wildAt >= 0) {
      at = wildAt + 1
      value = ++resume
    } else return false
  }
  while (at < pattern.length && isWild(pattern[at] ?? '')) at++
  return at === pattern.length
}

function tokens(pattern: string): string[] {
  return pattern.match(/\[[^\]]{1,200}\]|\\.|./gsu) ?? []
}

function matchesToken(token: string, value: string): boolean {
  if (token === '?') return true
  if (token.startsWith('\\')) return token.slice(1) === value
  return token.length > 1 && token.startsWith('[') ? inClass(token.slice(1, -1), value) : token === value
}

function inClass(body: string, value: string): boolean {
  const negated = body.startsWith('!') || body.startsWith('^')
  const letters = [...(negated ? body.slice(1) : body)]
  for (let at = 0; at < letters.length; at++) {
    const from = letters[at] ?? ''
    const to = letters[at + 1] === '-' ? letters[at + 2] : undefined
    if (to === undefined ? from === value : from <= value && value <= to) return !negated
    if (to !== undefined) at += 2
  }
  return negated
}
