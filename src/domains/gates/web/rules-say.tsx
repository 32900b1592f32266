import { A, counted, Digest, Mistakes, oneLine, type Reply, SideScroll, Status } from '#console'
import { differencesOf } from './rule-words.ts'

interface RulesSayProps {
  readonly rules: Reply<'GET /v1/risk/rules'>
  readonly gate: Reply<'GET /v1/gates/merge/rules'>
  readonly commit: string | null
  readonly repositoryId: string
}

/** What the file says as it is committed, or what is wrong with it. */
export function RulesSay({ rules, gate, commit, repositoryId }: RulesSayProps) {
  const own = rules.rules.filter((one) => one.source !== 'built-in')
  const set = gate.items.filter((rule) => differencesOf(rule).length > 0)
  const { dataSensitivity, systemCriticality, regulatoryImpact } = rules.defaults
  return (
    <section className="card stack" aria-labelledby="says">
      <div className="spread">
        <h2 id="says">What it says</h2>
        {commit === null ? (
          <span className="quiet small">no commit was read yet</span>
        ) : (
          <span className="small quiet">
            at <Digest value={commit} keep={12} label="commit" />
          </span>
        )}
      </div>
      <State rules={rules} gate={gate} />
      {rules.state === 'read' && (
        <>
          <p>
            What no rule matches: data <b>{dataSensitivity}</b>, criticality <b>{systemCriticality}</b>, regulation{' '}
            <b>{regulatoryImpact}</b>.
          </p>
          {own.length === 0 ? (
            <p className="quiet">It has no rule for paths.</p>
          ) : (
            <OwnRules rules={own} repositoryId={repositoryId} />
          )}
          <h3>Merge gate</h3>
          {set.length === 0 ? (
            <p className="quiet">It leaves every rule of the gate as it comes.</p>
          ) : (
            <ul className="list flat">
              {set.map((rule) => (
                <li key={rule.id} className="small wrap">
                  <p>
                    <A to={`/policy/packs/${rule.id}`} query={{ repositoryId }}>
                      {rule.title}
                    </A>
                    : {oneLine(differencesOf(rule).join('; '))}
                  </p>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  )
}

function State({ rules: { state, problems, rules }, gate }: Pick<RulesSayProps, 'rules' | 'gate'>) {
  const { refusal } = gate.settings
  if (state === 'absent')
    return (
      <p>
        <Status status="not_applicable" word="There is no .countersign.yaml" /> The built-in rules hold,{' '}
        {counted(rules.length, 'rule')} for paths and {counted(gate.items.length, 'rule')} of the gate. Write one below.
      </p>
    )
  if (state === 'wrong')
    return (
      <>
        <p>
          <Status status="fail" word="It has mistakes" /> Nothing of it is used. Until it is mended every file counts
          with the highest value, so that a broken file never makes a change look safer.
        </p>
        <Mistakes mistakes={problems} />
      </>
    )
  return (
    <>
      <p>
        <Status status="pass" word="It is valid" />
      </p>
      {refusal !== null && (
        <p className="wrap">
          <Status status="fail" word="The gate refuses its settings" /> It judges no change that is merged on top of
          them: {oneLine(refusal)}.
        </p>
      )}
    </>
  )
}

interface OwnRulesProps {
  readonly rules: RulesSayProps['rules']['rules']
  readonly repositoryId: string
}

function OwnRules({ rules, repositoryId }: OwnRulesProps) {
  return (
    <SideScroll label="Table: Rules for paths">
      <table className="twin">
        <thead>
          <tr>
            <th>Rule</th>
            <th>Paths</th>
            <th>Category</th>
            <th>Data</th>
            <th>Criticality</th>
            <th>Regulation</th>
            <th>Reason</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.id}>
              <td>
                <A to={`/repositories/${repositoryId}/rules`} query={{ rule: rule.id }}>
                  {rule.id}
                </A>
              </td>
              <td className="wrap mono small">{oneLine((rule.paths ?? []).join(', '))}</td>
              <td>{oneLine(rule.category ?? '')}</td>
              <td>{rule.dataSensitivity ?? ''}</td>
              <td>{rule.systemCriticality ?? ''}</td>
              <td>{rule.regulatoryImpact ?? ''}</td>
              <td className="wrap">{oneLine(rule.about ?? '')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </SideScroll>
  )
}
