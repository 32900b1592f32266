import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { ApiProblem } from '#client'
import { ProblemNote } from '#console'

interface ReasonFormProps {
  readonly label: string
  readonly about: string
  readonly action: string
  readonly isBusy: boolean
  readonly problem: ApiProblem | null
  readonly onSend: (reason: string) => void
}

/** Something that is done for a reason, which the ledger keeps. */
export function ReasonForm({ label, about, action, isBusy, problem, onSend }: ReasonFormProps) {
  const [reason, setReason] = useState('')
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        onSend(reason)
      }}
    >
      <Textarea
        label={label}
        description={about}
        value={reason}
        maxLength={1000}
        required
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {problem !== null && <ProblemNote problem={problem} />}
      <p>
        <Button type="submit" size="xs" variant="default" disabled={reason.trim().length < 3} loading={isBusy}>
          {action}
        </Button>
      </p>
    </form>
  )
}
