import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ApiProblem } from '#client'
import { A } from './address.tsx'
import { oneLine } from './figures.ts'
import { ProblemNote } from './parts.tsx'
import { Status } from './status.tsx'
import { type Approvable, type StepUpAssertion, StepUpButtons } from './step-up.tsx'
import { Time } from './time.tsx'

interface DecideProps {
  /** What the card is called: what is to be decided, where there can be several. */
  readonly title?: string
  readonly label?: string
  /** Who may decide, and what their passkey signs. */
  readonly about: ReactNode
  /** What stands between the words and the buttons. */
  readonly children?: ReactNode
  /** Absent until its digest is known. */
  readonly subject: Omit<Approvable, 'decision'> | undefined
  readonly send: (decision: Approvable['decision'], assertion: StepUpAssertion) => Promise<unknown>
  readonly withdraw?: Withdrawal
}

interface Withdrawal {
  readonly text: string
  readonly isPending: boolean
  readonly error: ApiProblem | null
  act(): void
}

/** Where one person says yes or no to exactly one thing by their passkey, and whoever asked for it takes it back. */
export function Decide(props: DecideProps) {
  const { title = 'Decide', label = 'Decision', about, children, subject, send, withdraw } = props
  return (
    <section className="card stack" aria-label={label}>
      <h2>{title}</h2>
      {children}
      <p className="quiet small">{about}</p>
      {subject !== undefined && <StepUpButtons subject={subject} send={send} />}
      {withdraw !== undefined && <Withdraw {...withdraw} />}
    </section>
  )
}

function Withdraw({ text, isPending, error, act }: Withdrawal) {
  return (
    <>
      {error !== null && <ProblemNote problem={error} />}
      <p>
        <Button size="compact-xs" variant="subtle" loading={isPending} onClick={act}>
          {text}
        </Button>
      </p>
    </>
  )
}

interface GivenAnswer {
  readonly userId: string
  readonly decision: Approvable['decision']
  readonly at: string
}

interface AnswersProps<T extends GivenAnswer> {
  readonly answers: readonly T[]
  readonly needed: number
  readonly names: Readonly<Record<string, string>>
  /** Behind the time of each. */
  readonly more?: (answer: T) => ReactNode
  readonly children?: ReactNode
}

/** Who has answered so far, and how many approvals it takes. */
export function Answers<T extends GivenAnswer>({ answers, needed, names, more, children }: AnswersProps<T>) {
  const given = answers.filter((one) => one.decision === 'approve').length
  return (
    <section className="card half stack" aria-label="Approvals">
      <h2>
        {given} of {needed} approvals
      </h2>
      {answers.length === 0 && <p className="quiet">Nobody has answered yet.</p>}
      <ul className="list">
        {answers.map((one) => (
          <li key={`${one.userId} ${one.at}`} className="spread">
            <span className="row">
              <Status
                status={one.decision === 'approve' ? 'pass' : 'fail'}
                word={one.decision === 'approve' ? 'approved by' : 'rejected by'}
              />
              <NamedPerson id={one.userId} names={names} />
            </span>
            <span className="quiet small">
              <Time at={one.at} /> {more?.(one)}
            </span>
          </li>
        ))}
      </ul>
      {children}
    </section>
  )
}

interface NamedPersonProps {
  readonly id: string
  readonly names: Readonly<Record<string, string>>
}

/** A person who took part; whom the directory does not know is the owner of the installation. */
export function NamedPerson({ id, names }: NamedPersonProps) {
  return <A to={`/people/users/${id}`}>{oneLine(names[id] ?? 'the owner of this installation')}</A>
}
