import { Fragment, type ReactNode } from 'react'
import { A, type Query } from './address.tsx'
import { Copy } from './digest.tsx'
import { capital, counted, oneLine } from './figures.ts'
import { Status, type StatusName } from './status.tsx'
import { Told } from './told.tsx'

/** What one rule answered, in a verdict of a gate. */
export interface RuleAnswer {
  readonly id: string
  readonly title: string
  readonly status: StatusName
  readonly mode: string
  readonly severity: string
  readonly clause?: string | null
  readonly controls: readonly string[]
  readonly message: string
  readonly owner: string
  readonly remediation?: string | null
  readonly fix?: string | null
  readonly locations: readonly {
    readonly path: string
    readonly line: number | null
    readonly fingerprint?: string | null | undefined
  }[]
  readonly exceptionId?: string | null | undefined
}

/** The address that asks for an exception from a rule, or for one finding of it; undefined where there is none to be had. */
type AskFor = (
  rule: RuleAnswer,
  fingerprint: string | null,
) => { readonly to: string; readonly query: Query } | undefined

/** What needs doing comes first; what is met is counted and opened on request. */
const met = ['pass', 'not_applicable'] as const
const headings: Readonly<Record<StatusName, string>> = {
  fail: 'Fail',
  error: 'Could not be answered',
  unknown: 'Unknown',
  excepted: 'Excepted',
  pass: 'Pass',
  not_applicable: 'Do not apply',
}

interface RulesProps {
  readonly rules: readonly RuleAnswer[]
  readonly askFor?: AskFor
  readonly between?: ReactNode
}

/**
 * The rules of a verdict by status: what is wrong, who can mend it and how.
 *
 * @param askFor where to ask for an exception from what fails
 * @param between shown after what fails, instead of the rules that only wait for facts: what those facts are
 */
export function Rules({ rules, askFor, between }: RulesProps) {
  const of = (status: StatusName) => rules.filter((one) => one.status === status)
  const waiting = of('unknown')
  return (
    <>
      <Group status="fail" rules={of('fail')} askFor={askFor} />
      <Group status="error" rules={of('error')} />
      {between}
      {between !== undefined && waiting.length > 0 ? (
        <details className="rule-group">
          <summary>
            {headings.unknown}: {counted(waiting.length, 'rule')}
          </summary>
          <ul className="list">
            {waiting.map((rule) => (
              <Rule key={rule.id} rule={rule} />
            ))}
          </ul>
        </details>
      ) : (
        <Group status="unknown" rules={waiting} />
      )}
      <Group status="excepted" rules={of('excepted')} />
      {met.map((status) => {
        const found = of(status)
        return found.length === 0 ? null : (
          <details key={status} className="rule-group">
            <summary>
              {headings[status]}: {counted(found.length, 'rule')}
            </summary>
            <ul className="list small">
              {found.map((one) => (
                <li key={one.id} className="spread">
                  <span>{oneLine(one.title)}</span>
                  <A to={`/policy/packs/${one.id}`} className="mono">
                    {one.id}
                  </A>
                </li>
              ))}
            </ul>
          </details>
        )
      })}
    </>
  )
}

interface GroupProps {
  readonly status: StatusName
  readonly rules: readonly RuleAnswer[]
  readonly askFor?: AskFor | undefined
}

function Group({ status, rules, askFor }: GroupProps) {
  if (rules.length === 0) return null
  return (
    <section className="rule-group" aria-label={`${headings[status]}: ${counted(rules.length, 'rule')}`}>
      <h3>
        <Status status={status} word={headings[status]} />{' '}
        <span className="quiet small">{counted(rules.length, 'rule')}</span>
      </h3>
      <ul className="list">
        {rules.map((rule) => (
          <Rule key={rule.id} rule={rule} askFor={askFor} />
        ))}
      </ul>
    </section>
  )
}

const placesShown = 5

function Rule({ rule, askFor }: { readonly rule: RuleAnswer; readonly askFor?: AskFor | undefined }) {
  const { id, title, mode, severity, message, owner, remediation, fix, locations } = rule
  const shown = locations.slice(0, placesShown)
  return (
    <li className="rule">
      <div className="spread">
        <b>{oneLine(title)}</b>
        <span className="row small">
          {mode !== 'enforce' && <span className="tag">{mode === 'warn' ? 'warns only' : mode}</span>}
          <span className="tag">{severity}</span>
          <A to={`/policy/packs/${id}`} className="mono">
            {id}
          </A>
        </span>
      </div>
      {message !== '' && <p className="wrap">{capital(oneLine(message))}</p>}
      {shown.length > 0 && (
        <p className="small mono wrap">
          {shown.map(({ path, line }) => `${oneLine(path)}${line === null ? '' : `:${line}`}`).join(', ')}
          {locations.length > shown.length && ` and ${locations.length - shown.length} more`}
        </p>
      )}
      {rule.status !== 'unknown' && typeof remediation === 'string' && (
        <p className="small">
          <span className="quiet">For the {owner.replaceAll('-', ' ')}: </span>
          <Told text={remediation} />
        </p>
      )}
      {typeof fix === 'string' && (
        <p className="small">
          <span className="command">
            <code>{oneLine(fix)}</code>
            <Copy value={fix} label="command" />
          </span>
        </p>
      )}
      <Departure rule={rule} askFor={askFor} />
      <p className="small quiet">{[rule.clause, ...rule.controls].filter(Boolean).join(' · ')}</p>
    </li>
  )
}

/** The exception that stands for the rule, or where to ask for one. */
function Departure({ rule, askFor }: { readonly rule: RuleAnswer; readonly askFor: AskFor | undefined }) {
  if (typeof rule.exceptionId === 'string')
    return (
      <p className="small">
        <A to={`/policy/exceptions/${rule.exceptionId}`}>the exception that stands for it</A>
      </p>
    )
  const whole = askFor?.(rule, null)
  if (whole === undefined) return null
  const findings = rule.locations.slice(0, placesShown).flatMap(({ path, line, fingerprint }) => {
    const one = typeof fingerprint === 'string' ? askFor?.(rule, fingerprint) : undefined
    return one === undefined
      ? []
      : [{ ...one, fingerprint, place: `${oneLine(path)}${line === null ? '' : `:${line}`}` }]
  })
  return (
    <p className="small wrap">
      <A to={whole.to} query={whole.query}>
        Ask for an exception
      </A>
      {findings.length > 0 && ', or for the finding at '}
      {findings.map(({ to, query, place, fingerprint }, at) => (
        <Fragment key={fingerprint}>
          {at > 0 && ', '}
          <A to={to} query={query}>
            {place}
          </A>
        </Fragment>
      ))}
    </p>
  )
}
