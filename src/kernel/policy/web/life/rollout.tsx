import {
  A,
  capital,
  counted,
  Facts,
  grouped,
  More,
  PageHead,
  ProblemNote,
  Progress,
  Skeleton,
  Status,
  Time,
  useAct,
  useAnswer,
  useList,
  useMay,
  useParam,
} from '#console'
import { ReasonForm } from './reason-form.tsx'
import {
  lifeKinds,
  Person,
  Recorded,
  type Rollout,
  RolloutState,
  type Stage,
  scopeWords,
  stageModes,
  usePlaces,
  versionPath,
} from './words.tsx'
import './life.css'

/** One roll-out: where it is, what was counted against its limits, and the two ways to move it by hand. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/policy-rollouts/{id}', { params: { id } }, { kinds: [...lifeKinds, 'decision'] })
  if (found.error !== null)
    return (
      <>
        <PageHead title="Roll-out" actions={<A to="/policy/versions">all roll-outs</A>} />
        <ProblemNote problem={found.error} retry={() => void found.refetch()} />
      </>
    )
  if (found.data === undefined) return <Skeleton height={360} />
  const one = found.data
  const { packId, version } = one
  return (
    <>
      <PageHead
        title={`Roll-out of ${packId} ${version}`}
        about="Beyond the limits of a stage the version is taken back by itself, and every gate answers as before."
        actions={
          <>
            <A to="/policy/versions">all roll-outs</A>
            <Recorded of={`policy-rollout:${one.id}`} />
          </>
        }
      />
      <div className="cards">
        <section className="card half" aria-label="The roll-out">
          <Facts
            facts={[
              ['State', <RolloutState key="state" state={one.state} />],
              [
                'Version',
                <A key="version" to={versionPath(packId, version)}>
                  {packId} {version}
                </A>,
              ],
              ['Stage', `${one.stage + 1} of ${one.stages.length}`],
              ['In it since', <Time key="since" at={one.stageSince} />],
              ['Started by', <Person key="by" names={one.names} id={one.startedBy} />],
              ['Started', <Time key="started" at={one.startedAt} />],
              ...(one.endedAt === null ? [] : [['Ended', <Time key="ended" at={one.endedAt} />] as const]),
            ]}
          />
        </section>
        <History one={one} />
        <Stages one={one} />
        <Moves key={one.stage} one={one} />
      </div>
    </>
  )
}

function Stages({ one }: { readonly one: Rollout }) {
  const { nameOf } = usePlaces()
  return (
    <section className="card stack" aria-label="Stages">
      <h2>Stages</h2>
      <ol className="list flat">
        {one.stages.map((stage, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a stage is named by its place
          <li key={at} className="stack" aria-label={`Stage ${at + 1}`}>
            <div className="spread">
              <b>
                {at + 1}. {capital(stage.mode)}: {scopeWords(stage.scope, nameOf)}
              </b>
              <StageMark one={one} at={at} />
            </div>
            <p className="small quiet">{modeSaid(stage)}</p>
            {at <= one.stage && <Counts stage={stage} />}
          </li>
        ))}
      </ol>
    </section>
  )
}

function modeSaid({ mode, promotion, limits }: Stage): string {
  const said = stageModes.find(([name]) => name === mode)?.[1] ?? mode
  const then = promotion === 'automatic' ? 'goes on by itself' : 'waits for somebody'
  return `${capital(said)}; after ${counted(limits.minDecisions, 'decision')} and ${counted(limits.soakMinutes, 'minute')} it ${then}.`
}

function StageMark({ one, at }: { readonly one: Rollout; readonly at: number }) {
  if (at > one.stage)
    return <Status status="not_applicable" word={one.state === 'running' ? 'to come' : 'not reached'} />
  if (at < one.stage || one.state === 'active' || one.state === 'superseded')
    return <Status status="pass" word="done" />
  return one.state === 'running' ? <Status status="unknown" word="now" /> : <Status status="fail" word="taken back" />
}

/** What was counted in a stage, each against the limit it is held to. */
function Counts({ stage: { counts, limits } }: { readonly stage: Stage }) {
  const flips = counts.toDeny + counts.toAllow
  const errorsMax = Math.floor(limits.maxErrorRate * Math.max(counts.decisions, limits.minDecisions))
  return (
    <div className="stage-counts small">
      <Counted word="decisions, of those it needs" value={counts.decisions} of={limits.minDecisions} />
      <Counted word="came out otherwise, of those it may" value={flips} of={limits.maxFlips} />
      <Counted word="errors, of those it may" value={counts.errors} of={errorsMax} />
      <p className="quiet">
        {grouped(counts.toDeny)} denied, {grouped(counts.toAllow)} allowed, {grouped(counts.otherReasons)} with other
        reasons
      </p>
    </div>
  )
}

function Counted({ word, value, of }: { readonly word: string; readonly value: number; readonly of: number }) {
  return (
    <div>
      <p>
        <b>{grouped(value)}</b> {word}: {grouped(of)}
      </p>
      <Progress label={word} part={of === 0 ? (value === 0 ? 0 : 1) : value / of} />
    </div>
  )
}

function Moves({ one }: { readonly one: Rollout }) {
  const may = useMay()
  const promote = useAct('POST /v1/policy-rollouts/{id}/promote', lifeKinds)
  const back = useAct('POST /v1/policy-rollouts/{id}/rollback', lifeKinds)
  const params = { id: one.id }
  const isLast = one.stage + 1 === one.stages.length
  if (!may('policy:roll-out') || (one.state !== 'running' && one.state !== 'active')) return null
  return (
    <>
      {one.state === 'running' && (
        <section className="card half stack" aria-label="Promotion">
          <h2>{isLast ? 'Put it in force everywhere' : 'Go on to the next stage'}</h2>
          <ReasonForm
            label="Why now"
            about={isLast ? 'The version decides for every repository from then on' : 'Without waiting for its limits'}
            action={isLast ? 'Put it in force' : 'Promote it'}
            isBusy={promote.isPending}
            problem={promote.error}
            onSend={(reason) => promote.mutate({ params, body: { reason, stage: one.stage } })}
          />
        </section>
      )}
      <section className="card half stack" aria-label="Roll back">
        <h2>Take it back</h2>
        <ReasonForm
          label="Why it is taken back"
          about="What was in force before is again, at once and everywhere"
          action="Roll it back"
          isBusy={back.isPending}
          problem={back.error}
          onSend={(reason) => back.mutate({ params, body: { reason } })}
        />
      </section>
    </>
  )
}

const moves: Readonly<Record<string, string>> = {
  'policy-rollout.started': 'Started',
  'policy-rollout.promoted': 'Went on to the next stage',
  'policy-rollout.completed': 'In force everywhere',
  'policy-rollout.rolled-back': 'Taken back',
}

/** What moved it, as the ledger has it; who may not read that sees what the roll-out itself knows. */
function History({ one }: { readonly one: Rollout }) {
  const may = useMay()
  return (
    <section className="card half stack" aria-label="History">
      <h2>History</h2>
      {may('ledger:read') ? (
        <Moved one={one} />
      ) : (
        <p className="quiet small">
          Each move is in the ledger with its reason, which security, compliance officers and auditors read.{' '}
          <A to="/people/roles">Who may what</A>
        </p>
      )}
    </section>
  )
}

function Moved({ one }: { readonly one: Rollout }) {
  // every look at the ledger is recorded there, so this is asked again only when a roll-out moved
  const list = useList(
    'GET /v1/ledger/records',
    { query: { target: `policy-rollout:${one.id}`, limit: '20' } },
    { kinds: ['policy-rollout'] },
  )
  return (
    <>
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {list.isLoading && <Skeleton height={60} />}
      <ul className="list flat small">
        {list.items
          .filter(({ record }) => moves[record.type] !== undefined)
          .map(({ record }) => (
            <li key={record.id} className="spread">
              <p>
                <A to={`/ledger/records/${record.id}`}>{moves[record.type]}</A>
                {record.actor.kind === 'user' ? (
                  <>
                    {' by '}
                    <Person names={one.names} id={record.actor.id} />
                  </>
                ) : (
                  ' by itself'
                )}
              </p>
              <span className="quiet">
                <Time at={record.at} />
              </span>
            </li>
          ))}
      </ul>
      <More list={list} />
    </>
  )
}
