import { Button } from '@mantine/core'
import { A, capital, oneLine, ProblemNote, Status, type StatusName, sentence, Time, useAct, useMay } from '#console'
import { lifeKinds, Person, Recorded, type Version } from './words.tsx'

type Step = Version['steps'][number]

const outcomes: Readonly<Record<string, StatusName>> = {
  passed: 'pass',
  failed: 'fail',
  approve: 'pass',
  reject: 'fail',
}
const words: Readonly<Record<Step['kind'], string>> = {
  checked: 'checked',
  tested: 'tested',
  asked: 'others were asked',
  answered: 'answered',
  assessed: 'tried on past decisions',
  reviewed: 'reviewed',
  published: 'published',
}

/** What is missing before it is published, what can be done now, and what was done by whom. */
export function Steps({ one }: { readonly one: Version }) {
  return (
    <section className="card half stack" aria-label="Steps">
      {one.state === 'draft' ? <Missing one={one} /> : <h2>What was done to it</h2>}
      {one.state === 'draft' && <Actions one={one} />}
      {one.weakenings.length > 0 && <Weakenings one={one} />}
      <Done one={one} />
    </section>
  )
}

function Missing({ one }: { readonly one: Version }) {
  const { missing, names } = one
  if (missing.length === 0)
    return (
      <>
        <h2>Nothing is missing</h2>
        <p>Publishing signs it: neither the text nor its tests change from then on. It decides nothing yet.</p>
      </>
    )
  return (
    <>
      <h2>Missing before it is published</h2>
      <ul className="list flat" aria-label="Missing">
        {missing.map((what) => (
          <li key={what} className="wrap">
            {sentence(oneLine(named(what, names)))}
          </li>
        ))}
      </ul>
    </>
  )
}

/** People by their names, where the server says ids. */
function named(text: string, names: Version['names']): string {
  return Object.entries(names).reduce((said, [id, name]) => said.replaceAll(id, name), text)
}

function Actions({ one }: { readonly one: Version }) {
  const may = useMay()
  const check = useAct('POST /v1/policy-packs/{id}/versions/{version}/check', lifeKinds)
  const test = useAct('POST /v1/policy-packs/{id}/versions/{version}/test', lifeKinds)
  const publish = useAct('POST /v1/policy-packs/{id}/versions/{version}/publish', lifeKinds)
  const params = { id: one.packId, version: one.version }
  const problem = check.error ?? test.error ?? publish.error
  return (
    <>
      {problem !== null && <ProblemNote problem={problem} />}
      <div className="row">
        {may('policy:write') && (
          <>
            <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate({ params })}>
              Check it
            </Button>
            <Button size="xs" variant="default" loading={test.isPending} onClick={() => test.mutate({ params })}>
              Run its tests
            </Button>
          </>
        )}
        {may('policy:publish') && (
          <Button
            size="xs"
            disabled={one.missing.length > 0}
            loading={publish.isPending}
            onClick={() => publish.mutate({ params })}
          >
            Publish it
          </Button>
        )}
      </div>
    </>
  )
}

function Weakenings({ one }: { readonly one: Version }) {
  return (
    <div className="stack">
      <p>
        <Status status="error" word="It weakens what is in force" /> One of its reviewers has to hold the role security.
      </p>
      <ul className="list flat small" aria-label="Weakenings">
        {one.weakenings.map(({ rule, what, message }) => (
          <li key={`${rule} ${what} ${message}`} className="wrap">
            {rule !== null && <span className="mono">{rule}: </span>}
            {oneLine(message)}
          </li>
        ))}
      </ul>
    </div>
  )
}

const shownMax = 12

function Done({ one }: { readonly one: Version }) {
  const may = useMay()
  const { steps, names } = one
  if (one.id === null) return <p className="quiet">It came with the product, and went through its steps there.</p>
  if (steps.length === 0) return <p className="quiet">Nothing was done to it yet.</p>
  return (
    <details open={one.state !== 'draft'}>
      <summary>What was done, the newest first</summary>
      <ul className="list flat small">
        {steps.slice(0, shownMax).map((step) => (
          <li key={step.id} className="spread">
            <p>
              {may('ledger:read') ? (
                <A to={`/ledger/records/${step.recordId}`}>{capital(words[step.kind])}</A>
              ) : (
                capital(words[step.kind])
              )}
              {step.isCurrent ? ' ' : ', of another text, '}
              by <Person names={names} id={step.by} />
            </p>
            <span className="row">
              {step.outcome !== step.kind && (
                <Status status={outcomes[step.outcome] ?? 'not_applicable'} word={step.outcome} />
              )}
              <span className="quiet">
                <Time at={step.at} />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {steps.length > shownMax && (
        <p className="small">
          and {steps.length - shownMax} more: <Recorded of={`policy-version:${one.packId}@${one.version}`} />
        </p>
      )}
    </details>
  )
}
