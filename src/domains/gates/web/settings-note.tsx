import { A, counted, Mistakes, oneLine, type Reply, Status } from '#console'

type Settings = Reply<'GET /v1/gates/merge/rules'>['settings']

/** Whether what a repository sets can be used, and how much of it differs. */
export function SettingsNote({ settings, different, repositoryId }: SettingsNoteProps) {
  const { state, problems, refusal } = settings
  return (
    <section className="card stack" aria-label="Settings of the repository">
      {state === 'absent' && (
        <p>
          This repository has no <code>.countersign.yaml</code>: every rule is as it comes.
        </p>
      )}
      {state === 'read' && refusal === null && (
        <p>
          {different === 0
            ? 'Its .countersign.yaml leaves every rule as it comes.'
            : `Its .countersign.yaml sets ${counted(different, 'rule')} otherwise than ${different === 1 ? 'it comes' : 'they come'}, as is said with ${different === 1 ? 'it' : 'each'}.`}
        </p>
      )}
      {state === 'wrong' && (
        <>
          <p>
            <Status status="fail" word="Its .countersign.yaml has mistakes" /> Nothing of it is used, and the rules are
            as they come.
          </p>
          <Mistakes mistakes={problems} />
        </>
      )}
      {refusal !== null && (
        <p className="wrap">
          <Status status="fail" word="The gate refuses these settings" /> It judges no change that is merged on top of
          them: {oneLine(refusal)}.
        </p>
      )}
      {repositoryId !== undefined && (
        <p className="small">
          <A to={`/repositories/${repositoryId}/rules`}>The rules file, with an editor</A>
        </p>
      )}
    </section>
  )
}

interface SettingsNoteProps {
  readonly settings: Settings
  readonly different: number
  readonly repositoryId?: string
}
