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
  const fits = (token: string | undefined) => token !== undefined && matches(token, values[value] ?? '')
  while (value < values.length) {
    if (isWild(pattern[at] ?? '')) [wildAt, resume, at] = [at, value, at + 1]
    else if (fits(pattern[at])) [at, value] = [at + 1, value + 1]
    else if (wildAt < 0) return false
    else [at, value, resume] = [wildAt + 1, resume + 1, resume + 1]
  }
  return pattern.slice(at).every(isWild)
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
  const negated = /^[!^]/.test(body)
  const letters = negated ? body.slice(1) : body
  const ranges = [...letters.matchAll(/(.)-(.)|(.)/gsu)]
  const isIn = ranges.some(([, from, to, one]) => one === value || ((from ?? '\uFFFF') <= value && value <= (to ?? '')))
  return isIn !== negated
}
