import { useMemo } from 'react'
import {
  A,
  ChoiceField,
  type Column,
  DataTable,
  Empty,
  grouped,
  Level,
  type LevelName,
  type List,
  oneLine,
  ProblemNote,
  type Reply,
  SearchField,
  Skeleton,
  useFilters,
} from '#console'
import type { Files } from './use-files.ts'
import { type JudgedPath, type Judging, useJudged } from './use-preview.ts'
import './rules.css'

interface RulesPathsProps {
  readonly repositoryId: string
  readonly files: Files
  readonly judged: Judging
  readonly rules: Reply<'GET /v1/risk/rules'>['rules']
  readonly commit: string | null
  /** Text of the file as it is committed. */
  readonly inForce: string | undefined
}

interface Row {
  readonly path: string
  readonly said: JudgedPath | undefined
}

const matched = 'any'

/** The files of the repository with what the rules in force say of each, and which rule says it. */
export function RulesPaths({ repositoryId, files, judged, rules, commit, inForce }: RulesPathsProps) {
  const [filters, change] = useFilters(['q', 'rule', 'path'])
  const { rule } = filters
  const rows = files.paths
    .map((path): Row => ({ path, said: judged.known.get(path) }))
    .filter(({ said }) => rule === undefined || (rule === matched ? said?.rules.length : said?.rules.includes(rule)))
  const lookedAt = files.paths.filter((path) => judged.known.has(path)).length
  const isGoing = files.isLoading || (lookedAt < files.paths.length && judged.problem === undefined)
  // filtered here, so that it goes on by itself and not by scrolling
  const list: List<Row> = {
    ...files.list,
    items: rows,
    isLoading: files.list.isLoading || (rows.length === 0 && isGoing),
    hasMore: files.list.hasMore && rule === undefined,
  }
  const columns = columnsOf()
  return (
    <section aria-labelledby="paths" className="stack">
      <h2 id="paths">Its paths, and which rule matches each</h2>
      <div className="filters">
        <SearchField
          label="Paths with"
          placeholder="src/auth"
          value={filters.q}
          onChange={(q) => change({ q, path: undefined })}
        />
        <ChoiceField
          label="Matched by"
          any="any rule or none"
          value={rule}
          onChange={(next) => change({ rule: next })}
          choices={[[matched, 'a rule'], ...rules.map((one) => [one.id, nameOf(one)] as const)]}
        />
      </div>
      {judged.problem !== undefined && <ProblemNote problem={judged.problem} retry={judged.retry} />}
      {filters.path !== undefined && (
        <Why path={filters.path} inForce={inForce} rules={rules} onClose={() => change({ path: undefined })} />
      )}
      {rule !== undefined && (
        <p className="small quiet" role="status">
          {grouped(rows.length)} of {grouped(lookedAt)} paths looked at{isGoing ? ' so far' : ''}.{' '}
          {files.isCut && (
            <button type="button" className="plain" onClick={files.lookFurther}>
              Look at the next 10,000
            </button>
          )}
        </p>
      )}
      <DataTable
        label="Paths"
        list={list}
        columns={columns}
        keyOf={(row) => row.path}
        link={({ path }) => ({
          to: `/repositories/${repositoryId}/rules`,
          query: { ...filters, path },
          text: oneLine(path),
        })}
        empty={<NoPaths commit={commit} isFiltered={rule !== undefined || filters.q !== undefined} />}
      />
    </section>
  )
}

function nameOf({ id, source }: RulesPathsProps['rules'][number]): string {
  return source === 'built-in' ? `${id} (built-in)` : id
}

function columnsOf(): readonly Column<Row>[] {
  const level = (factor: 'dataSensitivity' | 'systemCriticality' | 'regulatoryImpact') => (row: Row) => {
    const value = row.said?.[factor].value
    if (value === undefined) return ''
    return value === 'none' ? <span className="quiet">none</span> : <Level level={value as LevelName} />
  }
  return [
    { name: 'Path', width: 'minmax(0, 2fr)', cell: () => null },
    { name: 'Data', width: '90px', cell: level('dataSensitivity') },
    { name: 'Criticality', width: '90px', narrow: 'drop', cell: level('systemCriticality') },
    { name: 'Regulation', width: '90px', narrow: 'drop', cell: level('regulatoryImpact') },
    {
      name: 'Rules',
      width: 'minmax(0, 1fr)',
      cell: ({ said }) => <span className="quiet small">{oneLine(said?.rules.join(', ') ?? '')}</span>,
    },
  ]
}

const factorNames = [
  ['dataSensitivity', 'Sensitivity of data'],
  ['systemCriticality', 'Criticality of the system'],
  ['regulatoryImpact', 'Regulatory impact'],
] as const

interface WhyProps extends Pick<RulesPathsProps, 'rules' | 'inForce'> {
  readonly path: string
  readonly onClose: () => void
}

/** Each value of one path with the rule that decides it, wherever in the list it stands. */
function Why({ path, inForce, rules, onClose }: WhyProps) {
  const judged = useJudged(
    useMemo(() => [path], [path]),
    inForce,
    true,
  )
  const said = judged.known.get(path)
  return (
    <section className="card" aria-label="Why">
      <div className="spread">
        <h3 className="mono wrap">{oneLine(path)}</h3>
        <button type="button" className="plain" onClick={onClose}>
          close
        </button>
      </div>
      {judged.problem !== undefined && <ProblemNote problem={judged.problem} retry={judged.retry} />}
      {said === undefined && judged.problem === undefined && <Skeleton height={120} />}
      {said !== undefined && (
        <>
          <ul className="list flat">
            {factorNames.map(([factor, name]) => (
              <li key={factor}>
                {name}: <b>{said[factor].value}</b>{' '}
                <span className="quiet">
                  {said[factor].rule === null ? 'by default, as no rule says it' : `by ${oneLine(said[factor].rule)}`}
                </span>
              </li>
            ))}
          </ul>
          <p className="small">
            {said.rules.length === 0 ? 'No rule matches it.' : 'Rules that match it: '}
            {said.rules.map((id) => {
              const about = rules.find((one) => one.id === id)?.about
              return (
                <span key={id} className="tag">
                  {id}
                  {about === undefined ? '' : `: ${oneLine(about)}`}
                </span>
              )
            })}
          </p>
        </>
      )}
    </section>
  )
}

function NoPaths({ commit, isFiltered }: { readonly commit: string | null; readonly isFiltered: boolean }) {
  return (
    <Empty title={isFiltered ? 'No path is like that' : 'There is no file'}>
      <p>
        {commit === null ? (
          <>
            The repository was not read yet: <A to="/repositories">see how far it is</A>.
          </>
        ) : (
          'Paths are those of the newest commit that was read.'
        )}
      </p>
    </Empty>
  )
}
