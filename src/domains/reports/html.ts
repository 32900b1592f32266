/** A symbol cannot be written in JSON: no value that was read can pass for markup. */
const markup = Symbol('markup')

/** Markup that is safe to show. Text becomes markup only through {@link html}, which escapes it. */
export interface Html {
  readonly [markup]: string
}

type Part = Html | string | number | undefined | readonly Part[]

/** Builds markup from a template: every value is escaped unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return trusted(strings.reduce((text, part, at) => text + render(values[at - 1]) + part))
}

/** For text of ours that must not be escaped, such as a style sheet. Never for anything that was read. */
export function trusted(text: string): Html {
  return { [markup]: text }
}

export function markupOf(value: Html): string {
  return value[markup]
}

/**
 * Text as it may stand in markup and in an attribute: escaped, and without the controls by which text pretends to be
 * other text (bidirectional overrides, escape sequences of terminals).
 */
export function escapeText(text: string): string {
  return text
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/gu, (control) =>
      control === '\n' ? ' ' : '\uFFFD',
    )
    .replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** What a value is, is looked at and not believed: a hostile report may hold anything where text is expected. */
function render(value: Part): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map(render).join('')
  if (typeof value === 'object' && value !== null && markup in value) return value[markup]
  return escapeText(String(value))
}
