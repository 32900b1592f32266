import { Button, TextInput } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import type { ApiProblem } from '#client'
import { ProblemNote } from '#console'

interface NameFormProps {
  readonly name: string
  /** The word on the button. */
  readonly action: string
  readonly problem: ApiProblem | null
  readonly isBusy: boolean
  readonly onChange: (name: string) => void
  readonly onSubmit: () => void
  readonly onCancel: () => void
  /** What else can be done about the problem. */
  readonly children?: ReactNode
}

/** Asks for the name of a view. */
export function NameForm({ name, action, problem, isBusy, onChange, onSubmit, onCancel, children }: NameFormProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <TextInput
        ref={field}
        size="xs"
        label="Name of the view"
        value={name}
        maxLength={80}
        required
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {problem !== null && <ProblemNote problem={problem} />}
      <div className="row">
        {children}
        <Button type="submit" size="xs" loading={isBusy} disabled={name.trim() === ''}>
          {action}
        </Button>
        <Button size="xs" variant="default" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
