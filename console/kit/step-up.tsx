import { Button } from '@mantine/core'
import { useState } from 'react'
import { ApiProblem, type Input } from '#client'
import { A } from './address.tsx'
import { useApi } from './api.tsx'
import { ProblemNote } from './parts.tsx'

/** What exactly is approved: `digest` is that of what the page shows. */
export interface Approvable {
  readonly type: string
  readonly id: string
  readonly digest: string
  readonly decision: 'approve' | 'reject'
}

/** What an authenticator answered, as the routes that take approvals expect it. */
export type StepUpAssertion = Input<'POST /v1/role-changes/{id}/decision'>['body']['assertion']

interface Ask {
  readonly subject: Approvable
  /** Sends the answer; what it throws is shown. */
  readonly send: (assertion: StepUpAssertion) => Promise<unknown>
  readonly onDone?: () => void
}

/** Has the passkey of whoever is signed in sign exactly what is approved, and sends that. */
export function useStepUp() {
  const api = useApi()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const approve = async ({ subject, send, onDone }: Ask) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const options = await api.call('POST /v1/step-up', { body: subject })
      const { startAuthentication } = await import('@simplewebauthn/browser')
      // the server made the options, and checks the answer
      const answer: unknown = await startAuthentication({ optionsJSON: options as never })
      await send(answer as StepUpAssertion)
      onDone?.()
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setBusy(false)
    }
  }
  return { approve, isBusy, problem }
}

interface StepUpButtonsProps extends Omit<Ask, 'subject' | 'send'> {
  readonly subject: Omit<Approvable, 'decision'>
  readonly send: (decision: Approvable['decision'], assertion: StepUpAssertion) => Promise<unknown>
}

/** Yes and no to one exact thing, each by a passkey. */
export function StepUpButtons(props: StepUpButtonsProps) {
  const { subject, send, onDone } = props
  const { approve, isBusy, problem } = useStepUp()
  const answer = (decision: Approvable['decision']) =>
    void approve({
      subject: { ...subject, decision },
      send: (assertion) => send(decision, assertion),
      ...(onDone === undefined ? {} : { onDone }),
    })
  return (
    <div className="stack">
      {problem !== undefined && <ProblemNote problem={problem} />}
      {problem?.code === 'passkey_needed' && <A to="/settings/sign-in">Register a passkey</A>}
      <div className="row">
        <Button size="xs" loading={isBusy} onClick={() => answer('approve')}>
          Approve with a passkey
        </Button>
        <Button size="xs" variant="default" loading={isBusy} onClick={() => answer('reject')}>
          Reject
        </Button>
      </div>
    </div>
  )
}

function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  return new ApiProblem({
    code: 'passkey_not_used',
    status: 0,
    detail: 'no passkey confirmed it, so nothing was decided',
    hint: 'try again, and confirm within five minutes',
  })
}
