import { counted, oneLine, type Reply, Status, Time } from '#console'
import type { Version } from './words.tsx'

type Report = Reply<'POST /v1/policy-packs/{id}/versions/{version}/test'>

/** What the tests showed when they last ran: cases that do not hold, rules that no case fails, mutants that survive. */
export function Tests({ one }: { readonly one: Version }) {
  const step = one.steps.find(({ kind }) => kind === 'tested')
  // written by the server as it answers the run of the tests
  const report = step?.detail['report'] as Report | undefined
  return (
    <section className="card half stack" aria-label="Tests">
      <h2>Tests</h2>
      {step === undefined || report === undefined ? (
        <p className="quiet">They did not run yet.</p>
      ) : (
        <>
          <p>
            <Status status={report.ok ? 'pass' : 'fail'} word={report.ok ? 'they hold' : 'they do not hold'} />{' '}
            <span className="quiet small">
              <Time at={step.at} />
              {!step.isCurrent && ', of another text'}
            </span>
          </p>
          <Findings report={report} />
        </>
      )}
    </section>
  )
}

function Findings({ report }: { readonly report: Report }) {
  const { problem, cases, untested, mutants } = report
  const wrong = cases.filter((one) => !one.ok)
  return (
    <>
      {problem !== null && <p className="wrap">{oneLine(problem)}</p>}
      {problem === null && (
        <p className="small">
          {counted(mutants.total, 'mutant')} tried{mutants.isLimited && ', of more'}: {mutants.survived.length}{' '}
          survived.
        </p>
      )}
      {wrong.length > 0 && <h3>{counted(wrong.length, 'case')} that do not hold</h3>}
      <ul className="list flat small">
        {wrong.map(({ name, wrong: said }) => (
          <li key={name} className="wrap">
            <b>{oneLine(name)}</b>
            {said.map(({ rule, expected, got, message }) => (
              <p key={rule}>
                <span className="mono">{oneLine(rule)}</span>: {oneLine(expected)} was expected, it said {oneLine(got)}
                {message !== '' && ` (${oneLine(message)})`}
              </p>
            ))}
          </li>
        ))}
      </ul>
      {untested.length > 0 && <h3>Not seen by any case</h3>}
      <ul className="list flat small">
        {untested.map(({ rule, missing }) => (
          <li key={`${rule} ${missing}`}>
            <span className="mono">{oneLine(rule)}</span> never {missing === 'pass' ? 'passes' : 'fails'}
          </li>
        ))}
      </ul>
      {mutants.survived.length > 0 && <h3>Mutants that survive</h3>}
      <ul className="list flat small mono">
        {mutants.survived.map((name) => (
          <li key={name} className="wrap">
            {oneLine(name)}
          </li>
        ))}
      </ul>
    </>
  )
}
