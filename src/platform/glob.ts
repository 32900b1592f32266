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
  return wild(compiled(pattern), [...name], isStar, fitsToken)
}

// The classic two-pointer match: on failure only the last wildcard takes one more, which is enough and never explodes.
function wild<P>(
  pattern: readonly P[],
  values: readonly string[],
  isWild: (token: P) => boolean,
  matches: (token: P, value: string) => boolean,
): boolean {
  let [at, value, wildAt, resume] = [0, 0, -1, 0]
  while (value < values.length) {
    const token = pattern[at]
    if (token !== undefined && isWild(token)) [wildAt, resume, at] = [at, value, at + 1]
    else if (token !== undefined && matches(token, values[value] ?? '')) [at, value] = [at + 1, value + 1]
    else if (wildAt < 0) return false
    else [at, value, resume] = [wildAt + 1, resume + 1, resume + 1]
  }
  return pattern.slice(at).every(isWild)
}

/** A letter, or what any letter may be; `star` is any number of any letters. */
type Token = string | { readonly kind: 'star' | 'any' } | LetterClass

interface LetterClass {
  readonly kind: 'class'
  readonly isNegated: boolean
  readonly letters: ReadonlySet<string>
  readonly ranges: readonly (readonly [string, string])[]
}

const isStar = (token: Token) => typeof token === 'object' && token.kind === 'star'

function fitsToken(token: Token, value: string): boolean {
  if (typeof token === 'string') return token === value
  if (token.kind !== 'class') return true
  const isIn = token.letters.has(value) || token.ranges.some(([from, to]) => from <= value && value <= to)
  return isIn !== token.isNegated
}

/** Patterns are few and tried on many paths: each is read once while it is among the last so many. */
const rememberedMax = 1000
const remembered = new Map<string, readonly Token[]>()

function compiled(pattern: string): readonly Token[] {
  const known = remembered.get(pattern)
  if (known !== undefined) return known
  const tokens = (pattern.match(/\[[^\]]{1,200}\]|\\.|\*\*|./gsu) ?? []).map(tokenOf)
  if (remembered.size >= rememberedMax) remembered.clear()
  remembered.set(pattern, tokens)
  return tokens
}

function tokenOf(text: string): Token {
  if (text === '*' || text === '**') return { kind: 'star' }
  if (text === '?') return { kind: 'any' }
  if (text.startsWith('\\')) return text.slice(1)
  return text.length > 1 && text.startsWith('[') ? classOf(text.slice(1, -1)) : text
}

function classOf(body: string): LetterClass {
  const isNegated = /^[!^]/.test(body)
  const parts = [...(isNegated ? body.slice(1) : body).matchAll(/(.)-(.)|(.)/gsu)]
  return {
    kind: 'class',
    isNegated,
    letters: new Set(parts.flatMap(([, , , one]) => one ?? [])),
    ranges: parts.flatMap(([, from, to]) => (from === undefined || to === undefined ? [] : [[from, to] as const])),
  }
}
