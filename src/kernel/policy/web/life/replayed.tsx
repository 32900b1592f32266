import { Button, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import {
  A,
  counted,
  grouped,
  oneLine,
  ProblemNote,
  type Reply,
  SideScroll,
  Status,
  Time,
  useAct,
  useMay,
} from '#console'
import { lifeKinds, usePlaces, type Version } from './words.tsx'
import './life.css'

type Impact = Reply<'POST /v1/policy-packs/{id}/versions/{version}/assess'>

/** What it would have made of the decisions that were recorded. */
export function Replayed({ one }: { readonly one: Version }) {
  const may = useMay()
  const step = one.steps.find(({ kind }) => kind === 'assessed')
  // written by the server as it answers the replay
  const impact = step?.detail['impact'] as Impact | undefined
  return (
    <section className="card stack" aria-label="Replay">
      <h2>Tried on past decisions</h2>
      {one.state === 'draft' && may('policy:write') && <Assess one={one} />}
      {step === undefined || impact === undefined ? (
        <p className="quiet">It was not tried yet.</p>
      ) : (
        <>
          <p className="small quiet">
            <Time at={step.at} />
            {!step.isCurrent && ', with another text'}; {grouped(impact.tookMs)} ms
          </p>
          <Outcome impact={impact} />
        </>
      )}
    </section>
  )
}

function Assess({ one }: { readonly one: Version }) {
  const assess = useAct('POST /v1/policy-packs/{id}/versions/{version}/assess', lifeKinds)
  const [days, setDays] = useState('90')
  const send = () =>
    assess.mutate({ params: { id: one.packId, version: one.version }, body: { days: Number(days), limit: 5000 } })
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div className="row fields">
        <TextInput
          type="number"
          label="Decisions of so many days"
          description="At least 30, the newest 5,000 of them"
          min={1}
          max={366}
          required
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" variant="default" loading={assess.isPending}>
          Try it on them
        </Button>
      </div>
      {assess.error !== null && <ProblemNote problem={assess.error} />}
    </form>
  )
}

function Outcome({ impact }: { readonly impact: Impact }) {
  const { days, decisions, replayed, isLimited, notReplayable, flips } = impact
  const flipped = flips.toDeny + flips.toAllow + flips.otherReasons
  return (
    <>
      <p>
        {counted(replayed, 'decision')} of the last {days} days made again, of {grouped(decisions)}
        {isLimited && ' (the newest ones)'}.{' '}
        {flipped === 0 ? (
          <Status status="pass" word="None comes out otherwise" />
        ) : (
          <>
            <b>{grouped(flips.toDeny)}</b> would be denied, <b>{grouped(flips.toAllow)}</b> allowed,{' '}
            <b>{grouped(flips.otherReasons)}</b> have other reasons.
          </>
        )}
      </p>
      {notReplayable.length > 0 && (
        <ul className="list flat small" aria-label="Not made again">
          {notReplayable.map(({ reason, decisions: left }) => (
            <li key={reason} className="wrap">
              {counted(left, 'decision')} could not be made again: {oneLine(reason)}
            </li>
          ))}
        </ul>
      )}
      {flipped > 0 && <Flips impact={impact} />}
    </>
  )
}

interface Row {
  readonly key: string
  readonly name: ReactNode
  readonly toDeny: number
  readonly toAllow: number
  readonly otherReasons: number
}

function Flips({ impact }: { readonly impact: Impact }) {
  const { nameOf } = usePlaces()
  const rules = impact.byRule.map(({ rule, ...rest }) => ({
    key: rule,
    name: <span className="mono">{oneLine(rule)}</span>,
    ...rest,
  }))
  const repositories = impact.byRepository.map(({ repositoryId, ...rest }) => ({
    key: repositoryId,
    name: (
      <A to="/changes" query={{ repositoryId }}>
        {nameOf(repositoryId)}
      </A>
    ),
    ...rest,
  }))
  const teams = impact.byTeam.map(({ team, ...rest }) => ({ key: team, name: nameOf(team), ...rest }))
  return (
    <>
      <FlipTable by="Rule" rows={rules} />
      <FlipTable by="Repository" rows={repositories} />
      <FlipTable by="Team" rows={teams} />
      <Examples impact={impact} nameOf={nameOf} />
    </>
  )
}

function FlipTable({ by, rows }: { readonly by: string; readonly rows: readonly Row[] }) {
  if (rows.length === 0) return null
  return (
    <SideScroll label={`Table: What comes out otherwise by ${by.toLowerCase()}`}>
      <table className="twin">
        <thead>
          <tr>
            <th>{by}</th>
            <th className="end">Denied</th>
            <th className="end">Allowed</th>
            <th className="end">Other reasons</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td className="wrap">{row.name}</td>
              <td className="end">{grouped(row.toDeny)}</td>
              <td className="end">{grouped(row.toAllow)}</td>
              <td className="end">{grouped(row.otherReasons)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </SideScroll>
  )
}

const flipWords = {
  none: 'as before',
  to_deny: 'would be denied',
  to_allow: 'would be allowed',
  reasons: 'other reasons',
}

interface ExamplesProps {
  readonly impact: Impact
  readonly nameOf: (id: string) => string
}

function Examples({ impact, nameOf }: ExamplesProps) {
  return (
    <details open={impact.examples.length <= 10}>
      <summary>The newest that come out otherwise</summary>
      <ul className="list flat small" aria-label="Examples">
        {impact.examples.map(({ decisionId, repositoryId, flip, rules }) => (
          <li key={decisionId} className="wrap">
            <p>
              <A to={`/policy/decisions/${decisionId}`} className="mono">
                {decisionId}
              </A>
              {repositoryId !== null && `, ${nameOf(repositoryId)}`}: {flipWords[flip]}
              {rules.length > 0 && <span className="mono"> {oneLine(rules.join(', '))}</span>}
            </p>
          </li>
        ))}
      </ul>
    </details>
  )
}
