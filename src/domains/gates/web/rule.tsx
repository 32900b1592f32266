import {
  A,
  ChoiceField,
  type Column,
  counted,
  DataTable,
  Empty,
  type Item,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Status,
  Time,
  Told,
  useAnswer,
  useFilters,
  useList,
  useParam,
} from '#console'
import { RepositoryField } from './rule-packs.tsx'
import { Differences, Expressions, Needs, Parameters, RuleFacts, RuleFigures } from './rule-parts.tsx'
import { type CountedRule, differencesOf, modeWords, type RuleStatus, statuses, statusWords } from './rule-words.ts'
import { SettingsNote } from './settings-note.tsx'

/** One rule of the merge gate: its text, what it needs, and the changes that it holds back. */
export function Page() {
  const id = useParam('id')
  const [filters, change] = useFilters(['repositoryId', 'status'])
  const { repositoryId } = filters
  const found = useAnswer(
    'GET /v1/gates/merge/rules',
    { query: { repositoryId } },
    { kinds: ['decision', 'repository'] },
  )
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={480} />
  const rule = found.data.items.find((one) => one.id === id)
  if (rule === undefined) return <NoRule id={id} />
  const asked = statuses.find((one) => one === filters.status)
  const status = asked ?? statuses.find((one) => rule.changes[one] > 0) ?? 'fail'
  const ofRepository = repositoryId === undefined ? {} : { repositoryId }
  return (
    <>
      <PageHead
        title={rule.title}
        about={
          <>
            <span className="mono">{rule.id}</span> of the pack{' '}
            <A to="/policy/packs" query={{ repositoryId }}>
              {rule.packTitle}
            </A>
            , {modeWords[rule.mode]}. It holds back {counted(rule.changes.held, 'change')} now.
          </>
        }
        actions={<a href={`/v1/gates/merge/rules/${rule.id}/changes?status=${status}`}>as JSON</a>}
      />
      <div className="cards">
        {repositoryId !== undefined && (
          <SettingsNote
            settings={found.data.settings}
            different={found.data.items.filter((one) => differencesOf(one).length > 0).length}
            repositoryId={repositoryId}
          />
        )}
        <section className="card half stack" aria-labelledby="about">
          <h2 id="about">What it is</h2>
          <RuleFigures rule={rule} {...ofRepository} />
          <Differences rule={rule} />
          {rule.remediation !== null && (
            <p>
              <span className="quiet">For the {rule.owner}: </span>
              <Told text={rule.remediation} />
            </p>
          )}
          <RuleFacts rule={rule} />
        </section>
        <section className="card half" aria-labelledby="text">
          <h2 id="text">Its text</h2>
          <Expressions rule={rule} />
        </section>
        <section className="card half" aria-labelledby="parameters">
          <h2 id="parameters">Parameters</h2>
          <Parameters rule={rule} />
        </section>
        <section className="card half" aria-labelledby="needs">
          <h2 id="needs">What it may wait for</h2>
          <Needs rule={rule} />
        </section>
        <section aria-labelledby="changes">
          <h2 id="changes">Its changes</h2>
          <div className="filters">
            <ChoiceField
              label="It says"
              any="what is most urgent"
              value={asked}
              onChange={(next) => change({ status: next })}
              choices={statuses
                .filter((one) => one === asked || rule.changes[one] > 0)
                .map((one) => [one, `${statusWords[one]} (${rule.changes[one]})`] as const)}
            />
            <RepositoryField value={repositoryId} onChange={(next) => change({ repositoryId: next })} />
          </div>
          <Changes rule={rule} status={status} {...ofRepository} />
        </section>
      </div>
    </>
  )
}

function NoRule({ id }: { readonly id: string }) {
  return (
    <>
      <PageHead title="There is no such rule" />
      <div className="card">
        <Empty title={oneLine(id)}>
          <p>
            It is none of the built-in rules. <A to="/policy/packs">Look at all of them</A>; a rule of your own stands
            with each decision that asked it.
          </p>
        </Empty>
      </div>
    </>
  )
}

type Row = Item<'GET /v1/gates/merge/rules/{id}/changes'>

function columnsOf(status: RuleStatus): readonly Column<Row>[] {
  return [
    { name: 'Change', width: 'minmax(0, 1fr)', cell: () => null },
    {
      name: 'What it says',
      width: 'minmax(0, 1fr)',
      cell: ({ message, mode }) => (
        <span title={oneLine(message)}>
          {message === '' ? <Status status={status} word={statusWords[status]} /> : oneLine(message)}
          {mode === 'enforce' ? '' : ` (${modeWords[mode]})`}
        </span>
      ),
    },
    {
      name: 'Decision',
      width: '90px',
      narrow: 'drop',
      cell: ({ decisionId }) => <A to={`/policy/decisions/${decisionId}`}>decision</A>,
    },
    {
      name: 'Merged',
      width: '120px',
      align: 'end',
      narrow: 'drop',
      cell: ({ mergedAt }) => (
        <span className="quiet">
          <Time at={mergedAt} />
        </span>
      ),
    },
  ]
}

interface ChangesProps {
  readonly rule: CountedRule
  readonly status: RuleStatus
  readonly repositoryId?: string
}

function Changes({ rule, status, repositoryId }: ChangesProps) {
  const list = useList(
    'GET /v1/gates/merge/rules/{id}/changes',
    { params: { id: rule.id }, query: { status, repositoryId, limit: 100 } },
    { kinds: ['decision'] },
  )
  return (
    <DataTable
      label={`Changes: ${rule.title}`}
      list={list}
      columns={columnsOf(status)}
      keyOf={(row) => row.changeId}
      link={(row) => ({ to: `/changes/${row.changeId}`, text: oneLine(row.title) || '(no title)' })}
      empty={
        <Empty title="No change is like that">
          <p>
            Changes are judged after the import of their repository; <A to="/policy/decisions">the decisions</A> say of
            what.
          </p>
        </Empty>
      }
    />
  )
}
