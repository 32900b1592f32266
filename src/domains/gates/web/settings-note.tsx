import { A, counted, Mistakes, oneLine, type Reply, Status } from '#console'

type Settings = Reply<'GET /v1/gates/merge/rules'>['settings']

/** Whether what a repository sets can be used, and how much of it differs. */
export function SettingsNote({ settings, different, repositoryId }: SettingsNoteProps) {
  const { state, problems, refusal } = settings
  return (
    <section className="card stack" aria-label="Settings of the repository">
      {state === 'absent' && (
        <p>
          This repository has no <code>.countersign.yaml</code>: {absentWords(different)}
        </p>
      )}
      {state === 'read' && refusal === null && <p>{readWords(different)}</p>}
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

function absentWords(different: number): string {
  if (different === 0) return 'every rule is as it comes.'
  return `${otherwise(different)}, by the policy settings of the organization or the team.`
}

function readWords(different: number): string {
  if (different === 0) return 'Its .countersign.yaml leaves every rule as it comes.'
  return `With its .countersign.yaml ${otherwise(different)}, as is said with ${different === 1 ? 'it' : 'each'}.`
}

function otherwise(count: number): string {
  return count === 1 ? '1 rule is otherwise than it comes' : `${counted(count, 'rule')} are otherwise than they come`
}

interface SettingsNoteProps {
  readonly settings: Settings
  readonly different: number
  readonly repositoryId?: string
}
