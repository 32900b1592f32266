/** Markup that is safe to show. Text becomes markup only through {@link html}, which escapes it. */
export interface Html {
  readonly markup: string
}

type Part = Html | string | number | undefined | readonly Part[]

/** Builds markup from a template: every value is escaped unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return { markup: strings.reduce((text, part, at) => text + render(values[at - 1]) + part) }
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

function render(value: Part): string {
  if (value === undefined) return ''
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return 'markup' in value ? value.markup : value.map(render).join('')
}
