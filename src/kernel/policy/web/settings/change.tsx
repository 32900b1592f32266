import { Checkbox } from '@mantine/core'
import { counted, oneLine, useAct } from '#console'
import { ReasonForm } from '../life/reason-form.tsx'
import { differences, type Edits, edited, type Settings } from './strict.ts'

interface ChangeProps {
  readonly found: Settings
  readonly edits: Edits
  readonly edit: (next: Partial<Edits>) => void
  readonly onDone: () => void
}

/** What is different from what is in force, and why it should be. */
export function Change({ found, edits, edit, onDone }: ChangeProps) {
  const { scope, settings, revision } = found
  const isOrganization = scope === 'organization'
  const send = useAct('PUT /v1/policy-settings/{scope}', ['policy-settings'])
  const changed = differences(found, edits)
  return (
    <section className="card stack" aria-label="Change">
      <h2>{changed.length === 0 ? 'Nothing is changed yet' : `${counted(changed.length, 'setting')} would change`}</h2>
      {isOrganization && (
        <Checkbox
          label="A repository may lower rules that nobody pins, by its .countersign.yaml"
          checked={edits.repositoriesMayLower ?? settings.repositoriesMayLower}
          onChange={(event) => edit({ repositoriesMayLower: event.currentTarget.checked })}
        />
      )}
      {changed.length === 0 && <p className="small quiet">Choose another mode or type a value above.</p>}
      <ul className="list flat small">
        {changed.map((one) => (
          <li key={one} className="wrap">
            {oneLine(one)}
          </li>
        ))}
      </ul>
      {changed.length > 0 && (
        <ReasonForm
          label="Reason"
          about={
            isOrganization
              ? 'The ledger keeps it. What only makes stricter holds at once; what loosens waits for another person with the role security.'
              : 'The ledger keeps it. It holds at once, for the repositories of the team.'
          }
          action="Set it"
          isBusy={send.isPending}
          problem={send.error}
          onSend={(reason) =>
            send.mutate(
              { params: { scope }, body: { settings: edited(found, edits), revision, reason } },
              { onSuccess: onDone },
            )
          }
        />
      )}
    </section>
  )
}
