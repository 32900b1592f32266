import { Button } from '@mantine/core'
import { Digest, oneLine, ProblemNote, StepUpButtons, Time, useAct } from '#console'
import { Person } from '../life/words.tsx'
import type { Settings } from './strict.ts'

interface ProposalProps {
  readonly scope: string
  readonly proposal: NonNullable<Settings['proposal']>
  readonly names: Settings['names']
}

/** What would loosen the organization's settings, and waits for another person. */
export function Proposal({ scope, proposal, names }: ProposalProps) {
  const decide = useAct('POST /v1/policy-settings/{scope}/decision', ['policy-settings'])
  const withdraw = useAct('DELETE /v1/policy-settings/{scope}/proposal', ['policy-settings'])
  const { digest, reason, proposer, proposedAt, loosens } = proposal
  return (
    <section className="card stack" aria-label="Waits for a decision">
      <h2>Waits for another person: {oneLine(reason)}</h2>
      <p>It would take this away from every repository:</p>
      <ul>
        {loosens.map((one) => (
          <li key={one} className="wrap">
            {oneLine(one)}
          </li>
        ))}
      </ul>
      <p className="quiet small">
        Proposed <Time at={proposedAt} /> by <Person names={names} id={proposer} />. Your passkey signs{' '}
        <Digest value={digest} label="digest" />, which is the digest of all of it.
      </p>
      <StepUpButtons
        subject={{ type: 'policy-settings', id: scope, digest }}
        send={(decision, assertion) => decide.mutateAsync({ params: { scope }, body: { decision, digest, assertion } })}
      />
      {withdraw.error !== null && <ProblemNote problem={withdraw.error} />}
      <p>
        <Button
          size="compact-xs"
          variant="subtle"
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate({ params: { scope } })}
        >
          I proposed it: withdraw
        </Button>
      </p>
    </section>
  )
}
