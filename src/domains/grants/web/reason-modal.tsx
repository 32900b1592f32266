import { Button, Modal, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { ApiProblem } from '#client'
import { ProblemNote } from '#console'

interface ReasonModalProps {
  readonly title: string
  readonly about: string
  readonly button: string
  readonly problem: ApiProblem | null
  readonly isBusy: boolean
  readonly onSend: (reason: string) => void
  readonly onClose: () => void
}

/** Asks why before something is done that is recorded with its reason. */
export function ReasonModal({ title, about, button, problem, isBusy, onSend, onClose }: ReasonModalProps) {
  const [reason, setReason] = useState('')
  return (
    <Modal opened onClose={onClose} title={title}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          onSend(reason)
        }}
      >
        <p>{about}</p>
        <Textarea
          label="Reason"
          description="The ledger commits to it"
          value={reason}
          maxLength={1000}
          required
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {problem !== null && <ProblemNote problem={problem} />}
        <Button type="submit" disabled={reason.trim() === ''} loading={isBusy}>
          {button}
        </Button>
      </form>
    </Modal>
  )
}
