import { Textarea } from '@mantine/core'
import { type Ref, useImperativeHandle, useRef } from 'react'
import { oneLine } from './figures.ts'
import { Status } from './status.tsx'

/** A place in a text, from 1, and what is wrong there. */
export interface Mistake {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly help?: string
  /** An error unless said. */
  readonly severity?: 'error' | 'warning'
}

/** What can be done with a field from outside of it. */
export interface CodeFieldHandle {
  /** Puts the cursor there, and marks the rest of the line. */
  goTo(line: number, column: number): void
}

interface CodeFieldProps {
  readonly label: string
  readonly description?: string
  readonly rows: number
  readonly value: string
  /** Without it the text is only read. */
  readonly onChange?: (text: string) => void
  readonly maxLength?: number
  readonly ref?: Ref<CodeFieldHandle>
}

/** A text that a machine reads: nothing in it turns direction or is left out, and it says where it holds what is not seen. */
export function CodeField({ label, description, rows, value, onChange, maxLength, ref }: CodeFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  useImperativeHandle(ref, () => ({ goTo: (line, column) => goTo(field.current, line, column) }), [])
  const hidden = hiddenLines(value)
  return (
    <>
      <Textarea
        ref={field}
        label={label}
        description={description}
        rows={rows}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: 'code-text' }}
        value={value}
        maxLength={maxLength}
        readOnly={onChange === undefined}
        onChange={(event) => onChange?.(event.currentTarget.value)}
      />
      {hidden.length > 0 && (
        <p className="small">
          <Status status="error" word="It holds characters that are not seen" /> In{' '}
          {hidden.length === 1 ? 'line' : 'lines'} {hidden.slice(0, 10).join(', ')}.
        </p>
      )}
    </>
  )
}

/** Lines with control or direction characters, which could make a text look like another one. */
function hiddenLines(text: string): number[] {
  const lines = text.split('\n').map((line) => line.replaceAll(/[\t\r]/g, ''))
  return lines.flatMap((line, at) => (oneLine(line) === line ? [] : [at + 1]))
}

function goTo(field: HTMLTextAreaElement | null, line: number, column: number): void {
  if (field === null) return
  const lines = field.value.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  field.focus()
  field.setSelectionRange(before + column - 1, before + (lines[line - 1]?.length ?? 0))
}

interface MistakesProps {
  readonly mistakes: readonly Mistake[]
  readonly onPlace?: (line: number, column: number) => void
}

/** Each mistake of a text with its place; `onPlace` goes there. */
export function Mistakes({ mistakes, onPlace }: MistakesProps) {
  return (
    <ul className="list flat" aria-label="Mistakes">
      {mistakes.map(({ line, column, message, help, severity }) => (
        <li key={`${line}:${column}:${message}`} className="small wrap">
          {onPlace === undefined ? (
            <b>line {line}</b>
          ) : (
            <button type="button" className="plain" onClick={() => onPlace(line, column)}>
              line {line}, column {column}
            </button>
          )}
          {severity === 'warning' ? ' (a warning): ' : ': '}
          {oneLine(message)}
          {help !== undefined && <span className="quiet"> ({oneLine(help)})</span>}
        </li>
      ))}
    </ul>
  )
}
