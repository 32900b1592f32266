import {
  A,
  ChoiceField,
  capital,
  counted,
  Empty,
  oneLine,
  PageHead,
  ProblemNote,
  SearchField,
  Skeleton,
  Told,
  useAnswer,
  useFilters,
  useList,
} from '#console'
import { Differences, Expressions, Needs, Parameters, RuleFacts, RuleFigures } from './rule-parts.tsx'
import { type CountedRule, differencesOf, modeWords } from './rule-words.ts'
import { SettingsNote } from './settings-note.tsx'

const choices = [
  ['held', 'that hold changes back'],
  ['set', 'that are set otherwise than they come'],
  ['params', 'with parameters'],
] as const

/** The rules of the merge gate by pack, as they come or as a repository sets them, with what they say now. */
export function Page() {
  const [filters, change] = useFilters(['repositoryId', 'q', 'show'])
  const { repositoryId } = filters
  const found = useAnswer(
    'GET /v1/gates/merge/rules',
    { query: { repositoryId } },
    { kinds: ['decision', 'repository'] },
  )
  const rules = found.data?.items ?? []
  const shown = rules.filter((rule) => isShown(rule, filters))
  const packs = [...new Set(shown.map((rule) => rule.pack))]
  return (
    <>
      <PageHead
        title="Rule packs"
        about="What the merge gate asks of every change. A repository sets parameters and modes in its .countersign.yaml; each figure opens the changes behind it."
        actions={
          <a href={`/v1/gates/merge/rules${repositoryId === undefined ? '' : `?repositoryId=${repositoryId}`}`}>
            as JSON
          </a>
        }
      />
      <div className="filters">
        <SearchField
          label="Rules about"
          placeholder="coverage, CH-10, SOC2…"
          value={filters.q}
          onChange={(q) => change({ q })}
        />
        <RepositoryField value={repositoryId} onChange={(next) => change({ repositoryId: next })} />
        <ChoiceField
          label="Only rules"
          any="all"
          value={filters.show}
          onChange={(show) => change({ show })}
          choices={choices}
        />
      </div>
      {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {found.data === undefined && found.error === null && <Skeleton height={480} />}
      {found.data !== undefined && (
        <div className="stack">
          {repositoryId !== undefined && (
            <SettingsNote
              settings={found.data.settings}
              different={rules.filter((rule) => differencesOf(rule).length > 0).length}
              repositoryId={repositoryId}
            />
          )}
          {packs.map((pack) => (
            <Pack
              key={pack}
              rules={shown.filter((rule) => rule.pack === pack)}
              {...(repositoryId === undefined ? {} : { repositoryId })}
            />
          ))}
          {packs.length === 0 && (
            <div className="card">
              <Empty title="No rule is like that">
                <p>
                  <A to="/policy/packs" query={{ repositoryId }}>
                    Look at all {rules.length} rules
                  </A>
                </p>
              </Empty>
            </div>
          )}
        </div>
      )}
    </>
  )
}

function isShown(rule: CountedRule, { q = '', show }: { readonly q?: string; readonly show?: string }): boolean {
  const text = [
    rule.id,
    rule.title,
    rule.packTitle,
    rule.clause ?? '',
    ...rule.controls,
    rule.remediation ?? '',
    ...rule.reads,
  ]
  if (!text.join(' ').toLowerCase().includes(q.trim().toLowerCase())) return false
  if (show === 'held') return rule.changes.held > 0
  if (show === 'set') return differencesOf(rule).length > 0
  return show !== 'params' || rule.params.length > 0
}

interface RepositoryFieldProps {
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}

/** Whose settings are shown. */
export function RepositoryField({ value, onChange }: RepositoryFieldProps) {
  const list = useList('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository'] })
  const known = list.items.map((one) => [one.id, oneLine(one.name)] as const)
  const isListed = value === undefined || known.some(([id]) => id === value)
  return (
    <ChoiceField
      label="As set by"
      any="no repository: as they come"
      value={value}
      onChange={onChange}
      choices={isListed ? known : [...known, [value, value]]}
    />
  )
}

function Pack({ rules, repositoryId }: { readonly rules: readonly CountedRule[]; readonly repositoryId?: string }) {
  const [first] = rules
  if (first === undefined) return null
  return (
    <section className="card" aria-labelledby={`pack-${first.pack}`}>
      <div className="spread">
        <h2 id={`pack-${first.pack}`}>{first.packTitle}</h2>
        <span className="small quiet">
          <span className="mono">{first.pack}</span>, {counted(rules.length, 'rule')}
        </span>
      </div>
      <ul className="list flat">
        {rules.map((rule) => (
          <RuleRow key={rule.id} rule={rule} {...(repositoryId === undefined ? {} : { repositoryId })} />
        ))}
      </ul>
    </section>
  )
}

function RuleRow({ rule, repositoryId }: { readonly rule: CountedRule; readonly repositoryId?: string }) {
  const { id, title, mode, severity, exception, owner, remediation, clause, controls } = rule
  return (
    <li className="rule">
      <div className="spread">
        <A to={`/policy/packs/${id}`} query={{ repositoryId }} className="main-link">
          {title}
        </A>
        <span className="row small">
          <span className="tag">{modeWords[mode]}</span>
          <span className="tag">{severity}</span>
          {exception === 'never' && <span className="tag">no exceptions</span>}
          <span className="mono quiet">{id}</span>
        </span>
      </div>
      <RuleFigures rule={rule} {...(repositoryId === undefined ? {} : { repositoryId })} />
      <Differences rule={rule} />
      {remediation !== null && (
        <p className="small">
          <span className="quiet">For the {owner}: </span>
          <Told text={remediation} />
        </p>
      )}
      <details className="rule-group">
        <summary className="small">
          {[clause, ...controls].filter(Boolean).join(' · ')} · {capital('its text, parameters and facts')}
        </summary>
        <div className="stack">
          <RuleFacts rule={rule} />
          <Parameters rule={rule} />
          <Expressions rule={rule} />
          <Needs rule={rule} />
        </div>
      </details>
    </li>
  )
}
