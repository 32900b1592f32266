import { A, capital, Facts, grouped, oneLine, SideScroll, Status, Told } from '#console'
import {
  boundWords,
  type CountedRule,
  differencesOf,
  isSet,
  modeWords,
  type Rule,
  statuses,
  statusWords,
  valueWords,
} from './rule-words.ts'
import './rules.css'

/** How many changes it says what of; each figure opens them. */
export function RuleFigures({ rule, repositoryId }: { readonly rule: CountedRule; readonly repositoryId?: string }) {
  const said = statuses.filter((status) => rule.changes[status] > 0)
  if (said.length === 0) return <p className="small quiet">It was asked about no change yet.</p>
  return (
    <p className="rule-figures small">
      {said.map((status) => (
        <A key={status} to={`/policy/packs/${rule.id}`} query={{ status, repositoryId }}>
          <Status status={status} word={`${grouped(rule.changes[status])} ${statusWords[status]}`} />
        </A>
      ))}
    </p>
  )
}

/** What a repository sets otherwise, in words. */
export function Differences({ rule }: { readonly rule: Rule }) {
  const differences = differencesOf(rule)
  if (differences.length === 0) return null
  return <p className="small set-here wrap">Differs from how it comes: {oneLine(differences.join('; '))}.</p>
}

/** Everything that is said of a rule, its expressions aside. */
export function RuleFacts({ rule }: { readonly rule: Rule }) {
  const { clause, controls, severity, mode, owner, exception, reads, tells } = rule
  return (
    <Facts
      facts={[
        ['Clause', clause ?? 'none'],
        ['Controls', controls.length === 0 ? 'none' : controls.join(', ')],
        ['Severity', severity],
        ['Mode', modeWords[mode]],
        ['Who mends it', capital(owner)],
        [
          'Exceptions',
          exception === 'never' ? 'none: no exception sets it aside, and it is always enforced' : 'may be allowed',
        ],
        ['Decides by', <Paths key="reads" paths={reads} />],
        ['Also tells', <Paths key="tells" paths={tells} />],
      ]}
    />
  )
}

function Paths({ paths }: { readonly paths: readonly string[] }) {
  if (paths.length === 0) return <>nothing else</>
  return (
    <span className="small paths">
      {paths.map((path) => (
        <code key={path}>{path}</code>
      ))}
    </span>
  )
}

/** What may not be known, with the one step that makes each known. */
export function Needs({ rule }: { readonly rule: Rule }) {
  if (rule.needs.length === 0) return <p className="quiet">Everything that it reads is known of every change.</p>
  return (
    <ul className="list flat">
      {rule.needs.map(({ path, what, howToKnow }) => (
        <li key={path} className="small wrap">
          <b>{capital(what)}</b> <span className="mono quiet">{path}</span>
          <p>
            <Told text={howToKnow} />
          </p>
        </li>
      ))}
    </ul>
  )
}

export function Parameters({ rule }: { readonly rule: Rule }) {
  if (rule.params.length === 0) return <p className="quiet">It has no parameter.</p>
  return (
    <SideScroll label={`Table: Parameters of ${rule.id}`}>
      <table className="twin">
        <thead>
          <tr>
            <th>Parameter</th>
            <th>Value</th>
            <th>As it comes</th>
            <th>Type</th>
            <th>May be</th>
            <th>What it is</th>
          </tr>
        </thead>
        <tbody>
          {rule.params.map((one) => (
            <tr key={one.name}>
              <td className="mono">{one.name}</td>
              <td>{isSet(one) ? <b>{oneLine(valueWords(one.value))} (set here)</b> : valueWords(one.value)}</td>
              <td>{valueWords(one.builtIn)}</td>
              <td className="mono">{one.type}</td>
              <td>{boundWords(one)}</td>
              <td className="wrap">{capital(one.about ?? '')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </SideScroll>
  )
}

/** The rule as it is written: CEL over the facts. */
export function Expressions({ rule }: { readonly rule: Rule }) {
  const { variables, when, require, message, fix } = rule
  const texts = [
    ...variables.map(({ name, expression }) => [`Variable ${name}`, expression] as const),
    ['When', when ?? 'always'] as const,
    ['Require', require] as const,
    ['Message, where it fails', message] as const,
    ...(fix === null ? [] : [['Command that mends it', fix] as const]),
  ]
  return (
    <>
      {texts.map(([name, text]) => (
        <div key={name}>
          <h3>{name}</h3>
          <pre className="expression mono small">{text}</pre>
        </div>
      ))}
    </>
  )
}
