import type { Diagnostic } from '../model.ts'

/** A text with what is wrong in it, told by line and column. */
export interface Source {
  readonly name: string
  readonly text: string
  readonly diagnostics: Diagnostic[]
  /** @param offset in UTF-16 code units of `text` */
  report(offset: number, message: string, more?: { readonly help?: string; readonly severity?: 'warning' }): void
}

/** So that a text that is wrong everywhere does not answer with a book. */
const diagnosticsMax = 50

export function openSource(name: string, text: string): Source {
  const diagnostics: Diagnostic[] = []
  return {
    name,
    text,
    diagnostics,
    report: (offset, message, more = {}) => {
      const { help } = more
      if (diagnostics.length >= diagnosticsMax) return
      const { line, column } = positionOf(text, offset)
      diagnostics.push({
        severity: more.severity ?? 'error',
        message,
        ...(help === undefined ? {} : { help }),
        line,
        column,
        source: name,
      })
    },
  }
}

export function hasErrors({ diagnostics }: Pick<Source, 'diagnostics'>): boolean {
  return diagnostics.some((one) => one.severity === 'error')
}

function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}
