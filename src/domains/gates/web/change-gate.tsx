import { Button } from '@mantine/core'
import type { ComponentProps } from 'react'
import {
  A,
  capital,
  counted,
  oneLine,
  ProblemNote,
  Rules,
  Skeleton,
  Status,
  Time,
  Told,
  useAct,
  useAnswer,
  useParam,
} from '#console'

type Run = NonNullable<ReturnType<typeof useAnswer<'GET /v1/changes/{id}/gate'>>['data']>

/** Whether the change of this page may merge, why not, and what to do. */
export function Part() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/changes/{id}/gate', { params: { id } }, { kinds: ['decision', 'evidence'] })
  const isNotRun = found.error?.code === 'gate_not_run'
  return (
    <section className="card" aria-labelledby="gate">
      {found.data === undefined && <h2 id="gate">Merge gate</h2>}
      {isNotRun && (
        <p className="quiet">
          No gate has judged it yet: that follows the import of its repository by itself, in the background.
        </p>
      )}
      {found.error !== null && !isNotRun && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {found.data === undefined && found.error === null && <Skeleton height={260} />}
      {found.data !== undefined && <Judged changeId={id} run={found.data} />}
    </section>
  )
}

const words = {
  pass: 'passes: every enforced rule is met',
  fail: 'does not pass: an enforced rule fails',
  unknown: 'does not pass: what an enforced rule needs to know is not known',
  error: 'does not pass: a rule could not be answered',
} as const

function Judged({ changeId, run }: { readonly changeId: string; readonly run: Run }) {
  const { result, decision, authorization, decisionId } = run
  const isOverruled = result === 'pass' && decision === 'deny'
  const askFor = useAskFor(changeId)
  return (
    <>
      <div className="spread">
        <h2 id="gate">Merge gate</h2>
        <Status
          status={isOverruled ? 'fail' : result}
          word={isOverruled ? 'does not pass: a policy forbids it' : words[result]}
        />
      </div>
      <p className="small quiet">
        Judged <Time at={run.judgedAt} />
        {decisionId !== null && (
          <>
            {' · '}
            <A to={`/policy/decisions/${decisionId}`}>the decision, with its replay</A>
          </>
        )}
      </p>
      {isOverruled &&
        authorization
          .filter((one) => one.effect === 'forbid')
          .map((one) => (
            <p key={one.id}>
              {oneLine(one.reason)} <span className="mono small quiet">{one.id}</span>
            </p>
          ))}
      {run.errors.map((one) => (
        <p key={one}>{oneLine(one)}</p>
      ))}
      <Rules rules={run.rules} askFor={askFor} between={<Unknowns unknowns={run.unknowns} />} />
      <AskAgain changeId={changeId} run={run} />
    </>
  )
}

/** Where to ask for an exception from a rule, when it allows any. */
function useAskFor(changeId: string): NonNullable<ComponentProps<typeof Rules>['askFor']> {
  const change = useAnswer('GET /v1/changes/{id}', { params: { id: changeId } })
  const rules = useAnswer('GET /v1/gates/merge/rules', { query: {} })
  const repository = change.data?.repositoryId
  const allowed = new Set((rules.data?.items ?? []).filter((one) => one.exception === 'allowed').map((one) => one.id))
  return ({ id }, fingerprint) => {
    if (repository === undefined || !allowed.has(id)) return undefined
    return { to: '/policy/exceptions', query: { ask: '1', rule: id, repository, finding: fingerprint ?? undefined } }
  }
}

/** Each missing fact once, with the one step that makes it known. */
function Unknowns({ unknowns }: { readonly unknowns: Run['unknowns'] }) {
  if (unknowns.length === 0) return null
  return (
    <section className="rule-group" aria-label="What is not known">
      <h3>What is not known, and what makes it known</h3>
      <ul className="list">
        {unknowns.map((one) => (
          <li key={one.path}>
            <div className="spread">
              <b>{capital(oneLine(one.what))}</b>
              <span className="small quiet">holds back {counted(one.rules.length, 'rule')}</span>
            </div>
            <p className="small wrap">
              <Told text={one.howToKnow} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Asks with what is known now. The answer is a decision of its own; that of the change follows new evidence by itself. */
function AskAgain({ changeId, run }: { readonly changeId: string; readonly run: Run }) {
  const change = useAnswer('GET /v1/changes/{id}', { params: { id: changeId } })
  const ask = useAct('POST /v1/gates/merge/runs', ['decision'])
  const { head, base } = run.change
  const repositoryId = change.data?.repositoryId
  const answer = ask.data
  return (
    <div className="stack rule-group">
      <div className="row">
        <Button
          size="xs"
          variant="default"
          disabled={repositoryId === undefined}
          loading={ask.isPending}
          onClick={() => {
            if (repositoryId !== undefined)
              ask.mutate({ body: { repositoryId, commit: head, ...(base === null ? {} : { base }) } })
          }}
        >
          Judge again (recorded)
        </Button>
        <code className="small">countersign gate {head.slice(0, 10)}</code>
      </div>
      {ask.error !== null && <ProblemNote problem={ask.error} />}
      {answer !== undefined && (
        <p role="status">
          <Status status={answer.result} word={`Asked just now: ${answer.result}`} />{' '}
          {answer.decisionId !== null && <A to={`/policy/decisions/${answer.decisionId}`}>the decision</A>}
          {answer.overridden !== null && (
            <>
              {`, which says ${answer.overridden.result}: `}
              <A to={`/policy/overrides/${answer.overridden.overrideId}`}>an override let it through, once</A>
            </>
          )}
          {answer.decision === 'deny' && answer.decisionId !== null && (
            <>
              {' · '}
              <A
                to="/policy/overrides"
                query={{ ask: '1', repository: repositoryId, commit: answer.change.head, decision: answer.decisionId }}
              >
                it cannot wait: ask for an override
              </A>
            </>
          )}
        </p>
      )}
    </div>
  )
}
