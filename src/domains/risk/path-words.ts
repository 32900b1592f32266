/**
 * The words of a path, lower case. Words end at everything that is no letter or digit and where a capital begins the next
 * one; two or three neighbours within a name are a word as well: `src/OAuth2-sign-in.ts` holds `auth`, `oauth`, `oauth2`,
 * `sign` and `signin`.
 */
export function wordsOf(path: string): Set<string> {
  const words = new Set<string>()
  for (const name of path.split(/[/.\s]+/)) {
    const pieces = name.match(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{N}+|\p{L}/gu) ?? []
    for (let at = 0; at < pieces.length; at++) {
      let word = ''
      for (const piece of pieces.slice(at, at + 3)) {
        word += piece.toLowerCase()
        words.add(word)
      }
    }
  }
  return words
}
