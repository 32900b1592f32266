import { setAsideByName } from './generated.ts'

/** `a ? b : c` by the blanks around it, which tells it from `a?: T`, `a?.b` and Rust's `f()?`. */
const ternary = String.raw`\s\?\s`
const circuits = String.raw`&&|\|\|`

/** By family of languages: extensions, words and signs that part the flow of control in two, as for cyclomatic complexity. */
const families: readonly { extensions: string; words: string; signs: string }[] = [
  {
    extensions: 'js jsx mjs cjs ts tsx mts cts vue svelte dart',
    words: 'if for while case catch',
    signs: String.raw`${circuits}|\?\?|${ternary}`,
  },
  {
    extensions: 'c h cc cpp cxx hpp hxx m mm java groovy scala go php',
    words: 'if elseif for foreach while case catch',
    signs: `${circuits}|${ternary}`,
  },
  {
    extensions: 'cs swift',
    words: 'if guard for foreach while case catch when',
    signs: String.raw`${circuits}|\?\?|${ternary}`,
  },
  { extensions: 'kt kts', words: 'if for while catch', signs: String.raw`${circuits}|\?:` },
  // an arm of a match is `=>`; `||` without a value before it begins a closure
  { extensions: 'rs', words: 'if for while', signs: String.raw`&&|=>|[\w)\]"'] \|\|` },
  { extensions: 'py pyi', words: 'if elif for while except case and or', signs: '' },
  {
    extensions: 'rb rake',
    words: 'if elsif unless while until for when rescue and or',
    signs: `${circuits}|${ternary}`,
  },
  { extensions: 'sh bash zsh', words: 'if elif for while until', signs: `${circuits}|;;` },
]

const byExtension: ReadonlyMap<string, RegExp> = new Map(
  families.flatMap(({ extensions, words, signs }) => {
    const pattern = new RegExp([`\\b(?:${words.replaceAll(' ', '|')})\\b`, signs].filter(Boolean).join('|'), 'g')
    return extensions.split(' ').map((extension) => [extension, pattern] as const)
  }),
)

/** How to count the decision points of a line in the language of a file; undefined where none is known or nobody wrote it. */
export function decisionsIn(path: string): ((line: string) => number) | undefined {
  const pattern = byExtension.get(/\.([a-z]{1,6})$/i.exec(path)?.[1]?.toLowerCase() ?? '')
  return pattern === undefined || setAsideByName(path) !== undefined ? undefined : (line) => count(pattern, line)
}

/** A line of comment has none; what stands in strings and after code is counted too. */
function count(pattern: RegExp, line: string): number {
  if (/^\s*(?:\/[/*]|\*|#)/.test(line)) return 0
  return line.match(pattern)?.length ?? 0
}
